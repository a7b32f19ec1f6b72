package import DomainXML

extension AllowedURLs {
    /// The limit that the operator of this host has set.
    ///
    /// - Throws: where the file exists but cannot be read or understood: a limit that is there must not be passed over.
    package static func ofThisHost(path: String = AllowedURLs.path) throws -> AllowedURLs {
        let text: String?
        do throws(SystemError) { text = try Files.text(path) } catch { throw OperationError(.badInput, error.message) }
        return try text.map { try AllowedURLs(lines: $0) } ?? .unlimited
    }
}
