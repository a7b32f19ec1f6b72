internal import ArgumentParser
internal import DomainXML
internal import Glibc
internal import LibvirtClient
internal import Operations
internal import Provisioning

struct ConfigDriveImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Keep what another host has exported.",
        discussion: """
            The guest need not be here yet; for a day 'prune' leaves alone what waits for it. The ISO is made in this host's own folder, or, where the guest's is on a storage \
            pool, in the folder that the pool has here.

            Example:
              hostler config-drive export demo | ssh other-host hostler config-drive import
            """
    )

    @OptionGroup var connect: ConnectOptions

    @Argument(help: "What 'export' has written; - for stdin.", completion: .file(extensions: ["json"]))
    var file = "-"

    func run() throws {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try Files.read(file, limit: 64 << 20) } catch {
            throw OperationError(.badInput, error.message)
        }
        guard var record = try? DriveRecords.decode(bytes, ""),
            let uuid = DomainArtefact.canonical(uuid: record.uuid)
        else {
            throw OperationError(
                .badInput,
                "\(file == "-" ? "stdin" : file) is not what 'hostler config-drive export' writes"
            )
        }
        record.uuid = uuid
        record.imported = time(nil)
        (record.leftovers, record.isMediumPending, record.isUnset) = ([], false, false)
        // What is wrong with it is to be seen here, and not at a migration.
        _ = try ConfigDriveBuilder().tree(record.data, for: GuestFacts(uuid: uuid, name: record.guest))
        let state = HostState.ofThisUser
        let connection = try connect.open()
        record.uri = try connection.uri()
        if let pool = record.pool {
            record.folder = try DrivePool(pool, connection).folder
        } else {
            record.folder = state.driveFolder
        }
        let records = DriveRecords(store: try state.open())
        guard try records.put(record, over: try records.entry(uuid)) != nil else {
            throw OperationError(.failure, "guest \(record.guest): somebody else has changed it meanwhile; try again")
        }
        try Terminal.say("guest \(record.guest): what its config drive is made of is known here now")
    }
}
