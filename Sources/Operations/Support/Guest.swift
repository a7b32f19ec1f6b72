package import DomainXML
package import LibvirtClient

/// A guest as operations see it: libvirt's domain, and what its messages are called by.
package struct Guest {
    package let connection: Connection
    package let domain: LibvirtClient.Domain
    package let name: String
    package let messages: Messages

    /// - Throws: a failure where there is no such guest.
    package init(_ key: String, _ connection: Connection, _ messages: Messages) throws {
        self.connection = connection
        self.messages = messages
        domain = try Self.find(key, connection)
        name = try domain.name()
    }

    /// By its UUID alone: another guest may be called like that.
    ///
    /// - Throws: a failure where there is no such guest.
    package init(uuid: String, _ connection: Connection, _ messages: Messages) throws {
        self.connection = connection
        self.messages = messages
        domain = try connection.domain(uuid: uuid)
        name = try domain.name()
    }

    private static func find(_ key: String, _ connection: Connection) throws -> LibvirtClient.Domain {
        do throws(LibvirtError) {
            return try connection.domain(key)
        } catch {
            if error.code != .noDomain { throw error }
            throw OperationError(.failure, "there is no guest '\(key)'; 'virsh list --all' lists those there are")
        }
    }

    /// The state of its definition, as the next start would use it.
    package func definition(secure: Bool) throws(LibvirtError) -> [UInt8] {
        try domain.xml(inactive: true, secure: secure)
    }

    package func failure(_ sentence: String) -> OperationError {
        // Our hook, whose refusals come back through libvirt, names the guest already.
        let named = "guest \(name): "
        return OperationError(.failure, sentence.hasPrefix(named) ? sentence : named + sentence)
    }

    /// The engine, with the guest's name before what it complains of.
    package func transform(_ xml: [UInt8], _ request: TransformRequest) throws -> TransformResult {
        let request = try named { try TemplatePool.resolved(xml, request, connection) }
        do throws(DomainXMLError) {
            return try DomainTransformer.transform(xml, request)
        } catch {
            throw OperationError(.badInput, "guest \(name): \(error.message)\(advice(error, request))")
        }
    }

    /// What goes may be what the order names: then both have to go.
    private func advice(_ error: DomainXMLError, _ request: TransformRequest) -> String {
        if request.unset.isEmpty || request.unset.contains("bootorder") { return "" }
        guard error.message.hasPrefix("bootorder: no device matches ") else { return "" }
        return "; unset both together: hostler unset \(name) \(request.unset.joined(separator: " ")) bootorder"
    }

    package func inspect(_ xml: [UInt8]) throws(OperationError) -> DomainSummary {
        do throws(DomainXMLError) {
            return try DomainTransformer.inspect(xml)
        } catch {
            throw OperationError(.badInput, "guest \(name): \(error.message)")
        }
    }

    package func warn(_ sentences: [String]) {
        for sentence in sentences { messages.warn("guest \(name): \(sentence)") }
    }
}
