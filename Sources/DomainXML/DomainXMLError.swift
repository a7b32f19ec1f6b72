/// Why a document was refused or a property cannot be honoured.
///
/// `message` is one lowercase sentence without a final full stop that names the offending value and where it stands:
/// it is what libvirt shows to the person who typed `virsh start`. It never holds credentials or the query of a URL,
/// which may be a token.
public struct DomainXMLError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of refusal it is; a struct, so that a new one breaks nobody's `switch`.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The text is not a document Hostler reads: not well-formed, not UTF-8, too large, a DOCTYPE, …
        public static let malformedXML = Code(rawValue: "malformed-xml")
        /// The document is XML but not a domain that QEMU runs, or one that libvirt would refuse as well.
        public static let unusableDomain = Code(rawValue: "unusable-domain")
        /// A property is unknown, or its value is not allowed.
        public static let invalidProperty = Code(rawValue: "invalid-property")
        /// The property is fine, the domain is fine, but they do not go together.
        public static let impossible = Code(rawValue: "impossible")
    }

    public let code: Code
    public let message: String

    /// Longer than any of our own sentences; what is cut comes from the document.
    static let maximumLength = 1000

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = Property.printable(message, limit: Self.maximumLength)
    }

    public var description: String { message }
}
