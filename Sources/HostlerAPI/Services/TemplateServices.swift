package import Operations
package import Provisioning

/// What is to become a template or an ISO. Its URL and the values of its headers may be secrets.
package struct TemplateRegistration: Equatable, Sendable {
    package var name: String
    package var displayText: String
    package var kind: TemplateInfo.Kind
    package var url: String
    /// In any of the forms that clients send it in.
    package var checksum: String?
    /// CloudStack's word, in upper case; `nil` for what the content says.
    package var format: String?
    package var headers: [HTTPHeader]
    /// Where to stage it at once: the name of a libvirt pool, or the path of a folder.
    package var pool: String?
    /// With zones and an OS type (``OSType/all``) that there are.
    package var traits: TemplateTraits

    package init(
        name: String,
        displayText: String? = nil,
        kind: TemplateInfo.Kind,
        url: String,
        checksum: String? = nil,
        format: String? = nil,
        headers: [HTTPHeader] = [],
        pool: String? = nil,
        traits: TemplateTraits = TemplateTraits()
    ) {
        self.name = name
        self.displayText = displayText ?? name
        self.kind = kind
        self.url = url
        self.checksum = checksum
        self.format = format
        self.headers = headers
        self.pool = pool
        self.traits = traits
    }
}

/// The templates and ISOs that guests can be given.
package protocol TemplatesService: Sendable {
    /// All of them, in any order.
    func list() async throws -> [TemplateInfo]
    /// Checks what can be checked without the network (the URL's scheme, the checksum's syntax, the format, that no
    /// other template has the name), keeps it, and begins to stage it where a pool is named.
    func register(_ registration: TemplateRegistration) async throws -> TemplateInfo
    /// Forgets a template or an ISO, and takes it from its pools.
    ///
    /// - Parameter force: also where guests use it; what they have of it stays.
    /// - Throws: where guests use it, which the error names, unless it is forced.
    func delete(_ id: String, force: Bool) async throws
}

extension DownloadError: APIErrorConvertible {
    package var apiError: APIError { APIError(code == .badInput ? .parameter : .internalError, message) }
}
