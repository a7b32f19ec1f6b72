internal import ArgumentParser
internal import LibvirtClient
internal import Operations

struct TemplatePrune: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove what no guest needs any more.",
        discussion: """
            Copies of templates that only guests had named which are gone, copies whose source has changed since and that no \
            disk reads, and half-fetched files that nobody has gone on with for a day. A disk that was made for a guest is \
            removed with --guest-disks alone, and only where the guest is not defined on this host any more: look first whether \
            it went to another host that shares the pool. What was made within ten minutes may be for a guest that still \
            arrives, and stays.

            Examples:
              hostler template prune --dry-run
              hostler template prune --unused
            """
    )

    @OptionGroup var connect: ConnectOptions

    @Flag(name: .customLong("unused"), help: "Also copies of registered templates that no guest uses.")
    var isUnused = false

    @Flag(name: .customLong("guest-disks"), help: "Also disks of guests that are not defined any more.")
    var isGuestDisks = false

    @Flag(name: .customLong("dry-run"), help: "Remove nothing; say what would be removed.")
    var isDryRun = false

    @Flag(name: .customLong("json"), help: "Write JSON.")
    var isJSON = false

    func run() throws {
        let connection = try connect.open()
        guard try Host.runsGuests(of: connection) else {
            let host = try connection.hostname()
            throw OperationError(
                .failure,
                "the guests of this connection are on host \(host); run 'hostler template prune' there"
            )
        }
        let guests = Set(try connection.domains().map { try $0.uuid().lowercased() })
        let templates = try TemplateState()
        let leftovers = try templates.maintenance.leftovers(
            guests: guests,
            unusedCopies: isUnused,
            guestDisks: isGuestDisks
        )
        try Pruning.run(leftovers, isDryRun: isDryRun, isJSON: isJSON)
    }
}
