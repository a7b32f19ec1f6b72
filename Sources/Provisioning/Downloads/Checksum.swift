/// What the bytes of something hash to.
public struct Checksum: Codable, Hashable, Sendable {
    public let algorithm: DigestAlgorithm
    /// Lower-case hexadecimal digits.
    public let hex: String

    public init(algorithm: DigestAlgorithm, hex: String) {
        self.algorithm = algorithm
        self.hex = hex
    }
}

/// What is to be downloaded: one file, wherever it is.
public struct DownloadItem: Equatable, Sendable {
    /// Hashes of equal parts of the file, the last of which may be shorter.
    public struct Pieces: Equatable, Sendable {
        /// Bytes.
        public var length: Int64
        public var algorithm: DigestAlgorithm
        /// Lower-case hexadecimal digits.
        public var hashes: [String]

        public init(length: Int64, algorithm: DigestAlgorithm, hashes: [String]) {
            self.length = length
            self.algorithm = algorithm
            self.hashes = hashes
        }
    }

    /// The same file, the best source first.
    public var urls: [String]
    public var headers: [HTTPHeader] = []
    /// Whom `headers` are for, and nobody else; that of the first of `urls` where it is `nil`.
    public var headerOrigin: URLOrigin?
    /// All that are known of the source's bytes; each one is checked.
    public var checksums: [Checksum] = []
    /// In bytes, where it is known beforehand.
    public var size: Int64?
    public var pieces: Pieces?

    public init(urls: [String]) { self.urls = urls }
}
