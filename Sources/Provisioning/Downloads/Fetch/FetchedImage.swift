/// An image that was brought here: whole, verified, under its own name.
public struct FetchedImage: Codable, Equatable, Sendable {
    /// Its name in the folder that was asked for.
    public let file: String
    public let format: ImageFormat
    /// Bytes that a guest sees.
    public let virtualSize: Int64
    /// Bytes of the file.
    public let fileSize: Int64
    /// Of the bytes that the source gave, which may be compressed.
    public let sourceDigests: [Checksum]
    /// SHA-256 of the file.
    public let imageDigest: Checksum
    /// What tells whether the source still has the same.
    public let validator: ContentValidator?

    public init(
        file: String,
        format: ImageFormat,
        virtualSize: Int64,
        fileSize: Int64,
        sourceDigests: [Checksum],
        imageDigest: Checksum,
        validator: ContentValidator?
    ) {
        self.file = file
        self.format = format
        self.virtualSize = virtualSize
        self.fileSize = fileSize
        self.sourceDigests = sourceDigests
        self.imageDigest = imageDigest
        self.validator = validator
    }
}
