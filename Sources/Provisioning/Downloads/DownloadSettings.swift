/// What a host allows its downloads, and how patient they are.
public struct DownloadSettings: Equatable, Sendable {
    /// A folder of certificates by their hash (`openssl rehash`) that are trusted beside the system's; `nil` for none.
    public var trustFolder: String?
    /// A PEM file in the place of the system's own authorities; `nil` for libcurl's default.
    public var caFile: String?
    /// Networks in CIDR form from which downloads may be made although they are loopback, link-local or otherwise special.
    public var allowedCIDRs: [String] = []
    /// As curl has it: `http://host:port`; `nil` for what the environment says (`https_proxy`, `no_proxy`), empty for none.
    public var proxy: String?
    /// Seconds until there is a connection.
    public var connectTimeout = 15
    /// Seconds without a byte (less than 1 byte a second) until it is given up.
    public var idleTimeout = 60
    /// Seconds for one source in all, retries included; 0 for no limit.
    public var totalTimeout = 10_800
    /// How often one source is tried after what can pass, the first time included.
    public var attempts = 5
    /// Seconds before a source is asked a second time, twice as many before the third, up to 30; each time somewhat more or
    /// less, so that many hosts do not come back at once.
    public var retryDelay = 1.0
    /// Redirects that are followed.
    public var redirects = 10
    /// Connections to one source at once, 1 to 16, where it gives parts; more than one only where that is faster.
    public var connections = 1
    /// Bytes that a source, and an expanded image, may have.
    public var maximumSize: Int64 = 1 << 40

    /// What HTTP servers are told that we are: `hostler/VERSION`.
    public var userAgent = "hostler"

    public init() {}
}

/// A line of a request beyond the usual ones. It goes to the origin that it was given for, and never past a redirect to
/// another.
public struct HTTPHeader: Codable, Equatable, Sendable {
    public let name: String
    /// May be a secret.
    public let value: String

    /// - Throws: `badInput` for what RFC 9110 does not allow as a name or a value.
    public init(_ name: String, _ value: String) throws(DownloadError) {
        let mark = "!#$%&'*+-.^_`|~"
        let isName =
            !name.isEmpty
            && name.unicodeScalars.allSatisfy {
                $0.isASCII
                    && ($0.properties.isAlphabetic || mark.unicodeScalars.contains($0)
                        || (0x30...0x39).contains($0.value))
            }
        if !isName {
            throw DownloadError(.badInput, "'\(DisplayURL.printable(name))' is not the name of an HTTP header")
        }
        if value.unicodeScalars.contains(where: { $0.value < 0x20 && $0.value != 9 || $0.value == 0x7F }) {
            throw DownloadError(.badInput, "the value of the HTTP header '\(name)' has control characters in it")
        }
        self.name = name
        self.value = value
    }
}
