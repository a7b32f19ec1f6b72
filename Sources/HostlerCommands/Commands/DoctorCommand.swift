internal import ArgumentParser
internal import LibvirtClient
internal import Operations

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check this host, and say how to mend what is not right.",
        discussion: """
            Looks at libvirt and its version, QEMU's curl module, the hooks and whether libvirt's daemon has seen them, \
            the store of trusted authorities, SELinux and AppArmor, the allowed URLs, what is kept for config drives, \
            hostlerd, and certificates that expire within 30 days. \
            Changes nothing.

            Exit status: 0 where nothing fails, 1 otherwise.

            Examples:
              hostler doctor
              hostler doctor --connect qemu:///session --json
            """
    )

    @OptionGroup var connect: ConnectOptions

    @Flag(name: .customLong("json"), help: "Write JSON.")
    var isJSON = false

    func run() throws {
        let findings = self.findings()
        if isJSON {
            try Terminal.print(try JSON.text(findings))
        } else {
            let isColoured = Terminal.isColoured
            try Terminal.write(findings.map { $0.text(coloured: isColoured) }.joined().utf8)
        }
        // All is said already.
        if findings.contains(where: { $0.status == .fail }) { throw OperationError(.failure, nil) }
    }

    private func findings() -> [Finding] {
        let (libvirt, connection) = LibvirtCheck.run(connect)
        var findings = libvirt
        if let connection {
            do {
                if try !Host.runsGuests(of: connection) {
                    let note = "guests of this connection run on another host; run hostler doctor there for the rest"
                    return findings + [.warn("host", note, mend: "ssh to it")]
                }
            } catch {
                findings.append(Finding("host", couldNotBeMade: error))
            }
        }
        return findings + Self.localFindings(FileSystem(root: "/"))
    }

    /// What needs no connection.
    static func localFindings(_ files: FileSystem) -> [Finding] {
        attempt("qemu-curl") { [try BlockDriverCheck.run(files)] } + attempt("hooks") { try HooksCheck.run(files) }
            + [TrustStoreCheck.run()] + attempt("confinement") { try ConfinementCheck.run(files) }
            + [AllowedURLsCheck.run(), AllowedCIDRsCheck.run()]
            + attempt("config-drive") {
                try ConfigDriveCheck.run(.ofThisUser, hasHook: LibvirtHooks.isInstalled(files))
            }
            + attempt("templates") { try TemplatesCheck.run(.ofThisUser, files) }
            + [DaemonCheck.run(socket: APIClient(socket: nil).socket)]
            + attempt("certificates") { try CertificatesCheck.run(.ofThisUser, host: try OwnAPI.hostID()) }
    }

    /// A check that cannot be made is a finding too, and no reason to leave out the others.
    static func attempt(_ check: String, _ body: () throws -> [Finding]) -> [Finding] {
        do { return try body() } catch { return [Finding(check, couldNotBeMade: error)] }
    }
}
