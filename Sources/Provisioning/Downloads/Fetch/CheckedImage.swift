/// An image that guests may be given, and that has no name yet.
struct CheckedImage: Sendable {
    enum Content: Sendable {
        /// The download is the image.
        case download(PartialFile)
        /// Made of the download, which goes.
        case file(ImageFile, PartialFile)
    }

    let content: Content
    let format: ImageFormat
    /// In bytes.
    let virtualSize: Int64
    /// SHA-256.
    let digest: Checksum
}
