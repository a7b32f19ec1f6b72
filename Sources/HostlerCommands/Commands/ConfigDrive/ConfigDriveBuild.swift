internal import ArgumentParser
internal import DomainXML
internal import Glibc
internal import Operations
internal import Provisioning

struct ConfigDriveBuild: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Make an ISO, without libvirt or any state.",
        discussion: """
            The same input gives the same bytes; SOURCE_DATE_EPOCH sets the time that all files have. The UUID has to be \
            that of the guest: cloud-init knows an instance by it.

            Examples:
              hostler config-drive build -o seed.iso --uuid $(uuidgen) \\
                --user-data init.yaml --format nocloud
              virsh dumpxml demo |
                hostler config-drive build -o demo.iso --domain-xml - --network auto
            """
    )

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("The ISO to write; - for stdout.", valueName: "file"),
        completion: .file(extensions: ["iso"])
    )
    var output: String

    @Option(help: "The guest's UUID (default: that of --domain-xml).")
    var uuid: String?

    @Option(
        name: .customLong("domain-xml"),
        help: ArgumentHelp("The guest's domain, for its UUID, name and interfaces; - for stdin.", valueName: "file"),
        completion: .file(extensions: ["xml"])
    )
    var domain: String?

    @OptionGroup var content: DriveContentOptions

    func validate() throws {
        if uuid == nil && domain == nil {
            throw ValidationError("the guest's UUID is needed: give --uuid, or its domain with --domain-xml")
        }
        if let uuid, DomainArtefact.canonical(uuid: uuid) == nil {
            throw ValidationError("--uuid '\(uuid)' is not a UUID, such as 0b1b6f0a-6f0e-4a4e-8d1c-0c8d3f1f6c01")
        }
    }

    func run() throws {
        let facts = try facts()
        var data = ConfigDriveData()
        for change in try content.changes() { change(&data) }
        let drive = try BuiltDrive(data, facts, format: content.format ?? "configdrive", date: try Self.sourceDate())
        if output == "-" { return try Terminal.write(drive.image) }
        _ = try DriveFile.replace(output, with: drive.image)
        try Terminal.say("\(output): \(drive.summary)")
    }

    private func facts() throws -> GuestFacts {
        let canonical = uuid.flatMap { DomainArtefact.canonical(uuid: $0) }
        guard let domain else { return GuestFacts(uuid: canonical ?? "") }
        let xml: [UInt8]
        do throws(SystemError) { xml = try Files.read(domain, limit: TransformCommand.maximumSize) } catch {
            throw OperationError(.badInput, "--domain-xml: \(error.message)")
        }
        let summary = try DomainTransformer.inspect(xml)
        if let canonical, let own = summary.uuid.flatMap({ DomainArtefact.canonical(uuid: $0) }), own != canonical {
            throw OperationError(.badInput, "--uuid \(canonical) is not the UUID of the domain, which is \(own)")
        }
        return try GuestFacts(summary, uuid: canonical)
    }

    /// https://reproducible-builds.org/specs/source-date-epoch/
    private static func sourceDate() throws(OperationError) -> Int {
        guard let text = getenv("SOURCE_DATE_EPOCH").map({ String(cString: $0) }), !text.isEmpty else { return 0 }
        guard let date = Int(text), (0...4_102_444_800).contains(date) else {
            throw OperationError(.usage, "SOURCE_DATE_EPOCH '\(text)' is not a number of seconds from 1970 to 2100")
        }
        return date
    }
}
