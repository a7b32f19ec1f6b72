internal import ArgumentParser
internal import DomainXML
internal import Operations

/// What the hooks call, which have neither libraries nor state of their own.
struct ArtefactsCommand: ParsableCommand {
    enum Occasion: String, ExpressibleByArgument {
        case prepare
        case migrate
        case release
    }

    static let configuration = CommandConfiguration(
        commandName: "artefacts",
        abstract: "Make or remove the files that a domain refers to, for the hooks.",
        discussion: """
            The domain comes on stdin. 'prepare' makes the files where it says, 'migrate' makes them on this host and \
            writes role=path for each that is somewhere else here, 'release' removes them. libvirt is not asked: it would \
            wait for its own hook.
            """,
        shouldDisplay: false
    )

    @Argument(help: "prepare, migrate or release.")
    var occasion: Occasion

    @Argument(help: "Name of the guest, for messages.")
    var guest: String

    func run() throws {
        let xml: [UInt8]
        do throws(SystemError) { xml = try Files.read("-", limit: TransformCommand.maximumSize) } catch {
            throw OperationError(.badInput, error.message)
        }
        let state = HostState.ofThisUser
        do {
            switch occasion {
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
