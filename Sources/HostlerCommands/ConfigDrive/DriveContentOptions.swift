internal import ArgumentParser
internal import Operations
internal import Provisioning

/// What goes on a drive, as `build` and `set` take it.
struct DriveContentOptions: ParsableArguments {
    @Option(
        name: .customLong("user-data"),
        help: ArgumentHelp("User data for cloud-init or cloudbase-init, as it is; - for stdin.", valueName: "file"),
        completion: .file()
    )
    var userData: String?

    @Option(
        name: .customLong("vendor-data"),
        help: ArgumentHelp("Vendor data: like user data, which wins over it.", valueName: "file"),
        completion: .file()
    )
    var vendorData: String?

    @Option(
        name: .customLong("ssh-key"),
        help: ArgumentHelp(
            "Public SSH keys, one on each line, as in id_ed25519.pub; may be repeated.",
            valueName: "file"
        ),
        completion: .file(extensions: ["pub"])
    )
    var sshKeys: [String] = []

    @Option(
        name: .customLong("meta"),
        help: ArgumentHelp(
            "Metadata; CloudStack's names (availability-zone, local-hostname, …) go to their places; may be repeated.",
            valueName: "key=value"
        )
    )
    var metadata: [String] = []

    @Option(help: "The guest's own name (default: the domain's, where that is a host name).")
    var hostname: String?

    @Flag(name: .customLong("password-stdin"), help: "Read the default user's password from stdin, one line.")
    var readsPassword = false

    @Option(
        help: ArgumentHelp(
            "Network configuration: 'auto' is DHCP on each interface, 'none' says nothing, else a file of network-config "
                + "version 2 (netplan) or OpenStack's network_data.json.",
            valueName: "file|auto|none"
        ),
        completion: .file()
    )
    var network: String?

    @Option(
        name: .customLong("vm-data"),
        help: ArgumentHelp("CloudStack's list of [directory, filename, content], as JSON.", valueName: "file"),
        completion: .file(extensions: ["json"])
    )
    var vmData: String?

    @Option(
        help: ArgumentHelp("The layout: configdrive (OpenStack's and CloudStack's) or nocloud.", valueName: "layout"),
        completion: .list(DriveLayouts.all.map { $0.name })
    )
    var format: String?

    @Option(help: ArgumentHelp("The volume label (default: config-2, of nocloud cidata).", valueName: "text"))
    var label: String?

    @Flag(
        inversion: .prefixedNo,
        exclusivity: .exclusive,
        help: "Whether cloudbase-init reads the drive (default: written so that both can)."
    )
    var windows: Bool?

    func validate() throws {
        if let format {
            do throws(ConfigDriveError) { _ = try DriveLayouts.named(format) } catch {
                throw ValidationError("--format \(error.message)")
            }
        }
        for text in metadata {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                throw ValidationError("--meta '\(text.prefix { $0 != "=" })' is not of the form key=value")
            }
        }
        var readers = [userData, vendorData, network, vmData].filter { $0 == "-" }.count
        readers += sshKeys.filter { $0 == "-" }.count + (readsPassword ? 1 : 0)
        if readers > 1 { throw ValidationError("stdin can be read only once: one of its readers has to be a file") }
    }

    /// Reads all that is given: each takes the place of what there was, metadata is merged.
    ///
    /// - Throws: where a file cannot be read, or is not what it should be.
    func changes() throws -> [DriveEdit.Change] {
        var changes: [DriveEdit.Change] = []
        if let userData {
            let bytes = try Self.read(userData, "--user-data", DriveContents.maximumUserData)
            changes.append { $0.userData = bytes }
        }
        if let vendorData {
            let bytes = try Self.read(vendorData, "--vendor-data", DriveContents.maximumUserData)
            changes.append { $0.vendorData = bytes }
        }
        if !sshKeys.isEmpty {
            let keys = try sshKeys.flatMap { try Self.keys($0) }
            changes.append { $0.sshKeys = keys }
        }
        for text in metadata {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            changes.append { $0.metadata[parts[0]] = parts[1].isEmpty ? nil : parts[1] }
        }
        if let hostname { changes.append { $0.hostname = hostname } }
        if readsPassword {
            let password = try PasswordInput.read()
            changes.append { $0.password = password }
        }
        if let network = try networkChoice() { changes.append { $0.network = network } }
        if let vmData {
            let items = try VMDataItem.list(try Self.read(vmData, "--vm-data", 64 << 20))
            changes.append { $0.vmData = items }
        }
        if let label { changes.append { $0.label = label } }
        if let windows { changes.append { $0.isWindows = windows } }
        return changes
    }

    private func networkChoice() throws -> ConfigDriveData.Network? {
        switch network {
        case nil: nil
        case "auto": .auto
        case "none": ConfigDriveData.Network.none
        case let file?: .file(try Self.read(file, "--network", 1 << 20))
        }
    }

    private static func read(_ path: String, _ option: String, _ limit: Int) throws(OperationError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try Files.read(path, limit: limit) } catch {
            throw OperationError(.badInput, "\(option): \(error.message)")
        }
        if bytes.count > limit {
            throw OperationError(.badInput, "\(option): \(path) has more than \(limit) bytes, which is the limit")
        }
        return bytes
    }

    private static func keys(_ path: String) throws(OperationError) -> [String] {
        let lines = String(decoding: try read(path, "--ssh-key", 1 << 20), as: UTF8.self).split(
            whereSeparator: \.isNewline
        )
        let keys = lines.map { $0.trimmingPrefix { $0.isWhitespace } }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
        if keys.isEmpty { throw OperationError(.badInput, "--ssh-key \(path) has no key in it") }
        return keys.map { String($0) }
    }
}

/// A password that comes by stdin, so that it is in no list of processes.
enum PasswordInput {
    /// The first line, without its end; nothing may follow.
    static func read() throws(OperationError) -> String {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try Files.read("-", limit: 4096) } catch {
            throw OperationError(.badInput, "--password-stdin: \(error.message)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw OperationError(.badInput, "--password-stdin: the password is not UTF-8 text")
        }
        var line = Substring(text)
        if line.hasSuffix("\r\n") || line.hasSuffix("\n") { line.removeLast() }
        if line.isEmpty { throw OperationError(.badInput, "--password-stdin: stdin is empty") }
        if line.contains(where: \.isNewline) {
            throw OperationError(.badInput, "--password-stdin: stdin has more than one line")
        }
        return String(line)
    }
}
