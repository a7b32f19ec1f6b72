internal import ArgumentParser
internal import DomainXML
internal import LibvirtClient
internal import Operations
internal import Provisioning

struct ConfigDrivePrune: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove drives and data of guests that are gone.",
        discussion: """
            What is kept for guests that are not defined any more; ISOs of guests that do not run, which stayed behind when \
            the host crashed or a migration failed, and hold secrets (where the libvirt hook makes them again); and \
            half-written files of killed commands. What a running guest reads is left alone, and so is what was imported \
            within a day or made within ten minutes for a guest that may still arrive.

            Examples:
              hostler config-drive prune --dry-run
              hostler config-drive prune
            """
    )

    @OptionGroup var connect: ConnectOptions

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
                "the guests of this connection are on host \(host); run 'hostler config-drive prune' there"
            )
        }
        let orphans = try DriveOrphans(state: .ofThisUser, connection).found()
        try Pruning.run(orphans, isDryRun: isDryRun, isJSON: isJSON)
    }
}
