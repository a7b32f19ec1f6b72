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
    ///
    /// - Parameter isStart: whether the guest starts now, so that what takes long has to be there too.
    package func prepareArtefacts(_ result: TransformResult, isStart: Bool) throws {
        if result.artefacts.isEmpty { return }
        guard try Host.runsGuests(of: connection) else { return }
        warn(try named { try Artefacts.prepare(result.xml, .ofThisUser, isStart: isStart) })
    }

    /// What the guest needs of templates, where it runs on this host.
    package func needs(in xml: [UInt8]) throws -> [TemplateNeed] {
        guard try Host.runsGuests(of: connection) else { return [] }
        return try named { try TemplateNeed.all(in: xml, .ofThisUser) }
    }

    /// What the drive complains of, with the guest's name in front.
    package func named<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch {
            guard let failure = OperationError(wrapping: error), let message = failure.message else { throw error }
            throw OperationError(failure.code, "guest \(name): \(message)")
        }
    }
}
