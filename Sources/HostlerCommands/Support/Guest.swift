internal import DomainXML
internal import LibvirtClient

/// A guest as the commands see it: libvirt's domain, and what its messages are called by.
struct Guest {
    let connection: Connection
    let domain: LibvirtClient.Domain
    let name: String

    /// - Throws: a failure where there is no such guest.
    init(_ key: String, _ connection: Connection) throws {
        self.connection = connection
        domain = try Self.find(key, connection)
        name = try domain.name()
    }

    private static func find(_ key: String, _ connection: Connection) throws -> LibvirtClient.Domain {
        do throws(LibvirtError) {
            return try connection.domain(key)
        } catch {
            if error.code != .noDomain { throw error }
            throw CommandError(.failure, "there is no guest '\(key)'; 'virsh list --all' lists those there are")
        }
    }

    /// The state of its definition, as the next start would use it.
    func definition(secure: Bool) throws(LibvirtError) -> [UInt8] {
        try domain.xml(inactive: true, secure: secure)
    }

    func failure(_ sentence: String) -> CommandError {
        // Our hook, whose refusals come back through libvirt, names the guest already.
        let named = "guest \(name): "
        return CommandError(.failure, sentence.hasPrefix(named) ? sentence : named + sentence)
    }

    /// The engine, with the guest's name before what it complains of.
    func transform(_ xml: [UInt8], _ request: TransformRequest) throws(CommandError) -> TransformResult {
        do throws(DomainXMLError) {
            return try DomainTransformer.transform(xml, request)
        } catch {
            throw CommandError(.badInput, "guest \(name): \(error.message)\(advice(error, request))")
        }
    }

    /// What goes may be what the order names: then both have to go.
    private func advice(_ error: DomainXMLError, _ request: TransformRequest) -> String {
        if request.unset.isEmpty || request.unset.contains("bootorder") { return "" }
        guard error.message.hasPrefix("bootorder: no device matches ") else { return "" }
        return "; unset both together: hostler unset \(name) \(request.unset.joined(separator: " ")) bootorder"
    }

    func inspect(_ xml: [UInt8]) throws(CommandError) -> DomainSummary {
        do throws(DomainXMLError) {
            return try DomainTransformer.inspect(xml)
        } catch {
            throw CommandError(.badInput, "guest \(name): \(error.message)")
        }
    }

    func warn(_ sentences: [String]) {
        for sentence in sentences { Terminal.warn("guest \(name): \(sentence)") }
    }
}
