/// Why an image could not be brought here.
///
/// `message` is one lowercase sentence with the offending value and what to do next; URLs in it have no query, which may
/// be a token.
public struct DownloadError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong; a struct, so that a new one breaks nobody's `switch`.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// What was asked for cannot be understood: a URL, a checksum, a header, a format.
        public static let badInput = Code(rawValue: "bad-input")
        public static let unknownHost = Code(rawValue: "unknown-host")
        /// Refused, unreachable, or cut before the end.
        public static let noConnection = Code(rawValue: "no-connection")
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
        /// The server sends us to where we must not follow.
        public static let redirect = Code(rawValue: "redirect")
        /// The address is one that downloads must not be made from.
        public static let refusedAddress = Code(rawValue: "refused-address")
        /// Nothing came for too long, or all of it takes too long.
        public static let timeout = Code(rawValue: "timeout")
        /// There are fewer or more bytes than were promised.
        public static let wrongSize = Code(rawValue: "wrong-size")
        /// The content has changed while it was read.
        public static let changed = Code(rawValue: "changed")
        public static let checksum = Code(rawValue: "checksum")
        public static let noSpace = Code(rawValue: "no-space")
        /// Larger than the limit, expanded or not.
        public static let tooLarge = Code(rawValue: "too-large")
        /// Compressed, but broken, or not of one file.
        public static let badArchive = Code(rawValue: "bad-archive")
        /// Not an image that a guest may be given.
        public static let badImage = Code(rawValue: "bad-image")
        public static let badMetalink = Code(rawValue: "bad-metalink")
        public static let fileSystem = Code(rawValue: "file-system")
        /// Whoever wanted it does not want it any more.
        public static let cancelled = Code(rawValue: "cancelled")
        public static let other = Code(rawValue: "other")
    }

    public let code: Code
    public let message: String
    /// Whether the same source may well give it when it is asked again.
    public let isTemporary: Bool
    /// Seconds until which the server does not want to be asked again (`Retry-After`), where it says so.
    public internal(set) var retryAfter: Int?

    public init(_ code: Code, _ message: String, isTemporary: Bool = false) {
        self.code = code
        self.message = message
        self.isTemporary = isTemporary
    }

    public var description: String { message }
}
