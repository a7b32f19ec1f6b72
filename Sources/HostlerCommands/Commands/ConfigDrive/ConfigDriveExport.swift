internal import ArgumentParser
internal import LibvirtClient
internal import Operations
internal import Provisioning

struct ConfigDriveExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write what is kept for a guest, secrets and all, for another host.",
        discussion: """
            A guest that migrates needs it on the other host before, unless its ISO is on storage that both share: the drive \
            is made there anew.

            Example:
              hostler config-drive export demo | ssh other-host hostler config-drive import
            """
    )

    @OptionGroup var connect: ConnectOptions

    @Argument(help: "Name, UUID or id of the guest.", completion: .guests)
    var guest: String

    func run() throws {
        let guest = try Guest(guest, try connect.open())
        let uuid = try guest.domain.uuid().lowercased()
        let records = try HostState.ofThisUser.openIfPresent().map { DriveRecords(store: $0) }
        guard let record = try records?.entry(uuid)?.record, !record.isUnset else {
            throw guest.failure("nothing is kept for it")
        }
        try Terminal.write(try DriveRecords.encode(record) + Array("\n".utf8))
    }
}
