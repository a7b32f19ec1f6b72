package import DomainXML
internal import LibvirtClient
internal import Provisioning

extension Guest {
    /// - Throws: where the guest runs on another host, whose files and state are not ours to change.
    package func checkIsHere(_ command: String) throws {
        if try Host.runsGuests(of: connection) { return }
        throw failure("it is a guest of host \(try connection.hostname()); run 'hostler \(command)' there")
    }

    /// Makes the files that a new domain refers to, where the guest runs on this host: without the libvirt hook nobody else
    /// would.
    package func prepareArtefacts(_ result: TransformResult) throws {
        if result.artefacts.isEmpty { return }
        guard try Host.runsGuests(of: connection) else { return }
        warn(try named { try Artefacts.prepare(result.xml, .ofThisUser) })
    }

    /// What the drive complains of, with the guest's name in front.
    package func named<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch {
            guard let failure = OperationError(wrapping: error), let message = failure.message else { throw error }
            throw OperationError(failure.code, "guest \(name): \(message)")
        }
    }
}
