internal import ArgumentParser
internal import LibvirtClient
internal import Operations
internal import Provisioning

struct ConfigDriveShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what is kept for a guest, secrets hidden.",
        discussion: """
            What the guest is given, where its ISO is, and whether that is as it should be. Without a guest: all for whom \
            something is kept. Passwords, user data and vendor data are not shown; 'export' has them all.

            Examples:
              hostler config-drive show demo
              hostler config-drive show --json
            """
    )

    @OptionGroup var connect: ConnectOptions

    @Flag(name: .customLong("json"), help: "Write JSON.")
    var isJSON = false

    @Argument(help: "Name, UUID or id of the guest; all where left out.", completion: .guests)
    var guest: String?

    func run() throws {
        let state = HostState.ofThisUser
        let records = try state.openIfPresent().map { DriveRecords(store: $0) }
        guard let guest else {
            let reports = try (records?.all() ?? []).filter { !$0.isUnset }.map { try DriveReport($0) }
            if isJSON { return try Terminal.print(try JSON.text(reports)) }
            if reports.isEmpty { return try Terminal.say("nothing is kept for any guest") }
            return try Terminal.write(reports.map(\.text).joined(separator: "\n").utf8)
        }
        let found = try Guest(guest, try connect.open())
        guard let record = try records?.entry(try found.domain.uuid().lowercased())?.record, !record.isUnset else {
            throw found.failure("nothing is kept for it; give it something: hostler config-drive set \(found.name)")
        }
        let report = try DriveReport(record)
        try isJSON ? Terminal.print(try JSON.text(report)) : Terminal.write(report.text.utf8)
    }
}
