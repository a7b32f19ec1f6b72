internal import ArgumentParser
internal import DomainXML
internal import Operations

/// What the hooks call, which have neither libraries nor state of their own.
struct ArtefactsCommand: AsyncParsableCommand {
    enum Occasion: String, ExpressibleByArgument {
        case prepare
        case migrate
        case release
        case stage
    }

    /// How long libvirt's hook may wait for a template where no daemon has begun with it earlier. libvirt answers nobody
    /// who asks about all guests meanwhile.
    private static let patience = Duration.seconds(5)

    static let configuration = CommandConfiguration(
        commandName: "artefacts",
        abstract: "Make or remove the files that a domain refers to, for the hooks.",
        discussion: """
            The domain comes on stdin. 'prepare' makes the files where it says, 'migrate' makes them on this host and \
            writes role=path for each that is somewhere else here, 'release' removes them. libvirt is not asked: it would \
            wait for its own hook. 'stage' reads nothing; it brings the templates that are wanted for the guest of that UUID.
            """,
        shouldDisplay: false
    )

    @Argument(help: "prepare, migrate, release or stage.")
    var occasion: Occasion

    @Argument(help: "Name of the guest, for messages; for 'stage' its UUID.")
    var guest: String

    func run() async throws {
        if occasion == .stage { return try await BackgroundStaging.run(guest) }
        let xml: [UInt8]
        do throws(SystemError) { xml = try Files.read("-", limit: TransformCommand.maximumSize) } catch {
            throw OperationError(.badInput, error.message)
        }
        let state = HostState.ofThisUser
        do {
            if occasion != .release {
                try await GuestStaging.wait(xml, state, patience: Self.patience, isArrival: occasion == .migrate) {
                    try BackgroundStaging.begin($0)
                }
            }
            switch occasion {
            case .stage: break
            case .prepare:
                for warning in try Artefacts.prepare(xml, state) { Terminal.warn("guest \(guest): \(warning)") }
            case .migrate:
                for line in try Artefacts.migrate(xml, state) { try Terminal.print(line) }
            case .release:
                try Artefacts.release(xml, state)
            }
        } catch {
            guard let failure = OperationError(wrapping: error) else { throw error }
            throw OperationError(failure.code, failure.message.map { "guest \(guest): \($0)" })
        }
    }
}
