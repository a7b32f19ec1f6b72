/// What was downloaded.
public struct DownloadedSource: Equatable, Sendable {
    /// Of the source's bytes: SHA-256 first, and every other one that was asked for.
    public let checksums: [Checksum]
    /// In bytes.
    public let size: Int64
    public let validator: ContentValidator?
    /// Where it came from, without user and query.
    public let url: String
}
