/// Reads a download while it grows.
///
/// It throws `changed` once the content has begun anew; then another reader is needed. Who has read to the end compares
/// `generation` with the file's before it counts.
final class PartialReader: PullSource {
    let generation: Int
    private let file: PartialFile

    init(_ file: PartialFile, generation: Int) {
        self.file = file
        self.generation = generation
    }

    var size: Int64? { file.size }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(DownloadError) -> Int {
        let count = try file.wait(at: offset, generation: generation)
        if count == 0 { return 0 }
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(Int(clamping: count)))
        return try file.copy(at: offset, into: part)
    }
}
