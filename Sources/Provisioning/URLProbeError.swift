/// Why QEMU could not boot from a URL.
///
/// `message` is one lowercase sentence that names the URL without its query, which may be a token, and what to do.
public struct URLProbeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong; a struct, so that a new one breaks nobody's `switch`.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Not a URL that can be asked for at all.
        public static let badURL = Code(rawValue: "bad-url")
        public static let unknownHost = Code(rawValue: "unknown-host")
        /// Refused, unreachable, or no answer in time.
        public static let noConnection = Code(rawValue: "no-connection")
        /// Something is spoken there, but not TLS as we know it.
        public static let tlsFailed = Code(rawValue: "tls-failed")
        /// The certificate comes from an authority that this host does not know.
        public static let untrusted = Code(rawValue: "untrusted")
        public static let expired = Code(rawValue: "expired")
        /// The certificate is somebody else's.
        public static let wrongName = Code(rawValue: "wrong-name")
        /// This host's own store of authorities is missing or broken.
        public static let trustStore = Code(rawValue: "trust-store")
        /// The server answers with a status other than success.
        public static let status = Code(rawValue: "status")
        /// The server does not serve parts of the file.
        public static let noRanges = Code(rawValue: "no-ranges")
        /// The server does not tell the file's size, or the file is empty.
        public static let noLength = Code(rawValue: "no-length")
        /// The server sends readers to where QEMU should not follow.
        public static let redirect = Code(rawValue: "redirect")
        public static let other = Code(rawValue: "other")
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
