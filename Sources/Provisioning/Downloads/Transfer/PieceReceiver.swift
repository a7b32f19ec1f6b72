internal import Synchronization

/// Puts a part of a file in the place of a wrong one.
final class PieceReceiver: ByteReceiver {
    private let url: String
    private let file: PartialFile
    private let size: Int64
    private let end: Int64
    private let position: Mutex<Int64>

    /// - Parameters:
    ///   - size: of the whole file, which the source must have too.
    ///   - range: of the part.
    init(_ url: String, _ file: PartialFile, size: Int64, range: Range<Int64>) {
        self.url = url
        self.file = file
        self.size = size
        end = range.upperBound
        position = Mutex(range.lowerBound)
    }

    func begin(_ head: ContentHead) throws(DownloadError) {
        if head.offset == position.withLock({ $0 }), head.size ?? size == size { return }
        throw DownloadError(
            .wrongSize,
            "\(DisplayURL(url).text) has \(head.size.map { "\($0)" } ?? "an unknown number of") bytes where \(size) are "
                + "expected; it is not the same file"
        )
    }

    func receive(_ bytes: UnsafeRawBufferPointer) throws(DownloadError) {
        try position.withLock { position throws(DownloadError) in
            if position + Int64(bytes.count) > end {
                throw DownloadError(.wrongSize, "\(DisplayURL(url).text) sends more than the part that was asked for")
            }
            try file.replace(bytes, at: position)
            position += Int64(bytes.count)
        }
    }
}
