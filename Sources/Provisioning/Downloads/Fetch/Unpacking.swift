/// Unpacks a download while it grows, on a thread of its own; few at once, whatever the number of downloads.
struct Unpacking: Sendable {
    /// An image that was unpacked and has no name yet.
    struct Image: Sendable {
        let file: ImageFile
        let decoded: DecodedImage
    }

    /// What became of one content of the download.
    struct Outcome: Sendable {
        /// Of the download's contents.
        let generation: Int
        /// `nil` where the source is not packed.
        let image: Result<Image?, DownloadError>

        /// Nobody wants it.
        func discard() { if case .success(let image?) = image { image.file.discard() } }
    }

    let file: PartialFile
    let folder: String
    let id: String
    /// Bytes that the image may have.
    let limit: Int64
    let progress: DownloadProgress

    private static let slots = Slots(4)
    private static let pollInterval = Duration.milliseconds(20)

    /// Comes back when it is done with one content, from its first byte to its last; one that begins anew is begun anew
    /// here too.
    func run() async -> Outcome {
        while true {
            let reader = file.reader()
            do throws(DownloadError) {
                guard let compression = try await detected(reader.generation) else { continue }
                if compression == .none { return Outcome(generation: reader.generation, image: .success(nil)) }
                let image = try await Self.slots.run { () async throws(DownloadError) in
                    try await unpack(reader, compression)
                }
                return Outcome(generation: reader.generation, image: .success(image))
            } catch {
                let isOld = error.code == .changed && file.generation != reader.generation
                if !isOld { return Outcome(generation: reader.generation, image: .failure(error)) }
            }
        }
    }

    /// How the source is packed, once there are enough bytes to tell; `nil` where they were replaced meanwhile.
    private func detected(_ generation: Int) async throws(DownloadError) -> Compression? {
        while true {
            let growth = await file.growth(upTo: Int64(Compression.headLength), generation: generation)
            if growth.generation != generation { return nil }
            if growth.prefix >= Compression.headLength || file.isSettled { break }
            // Between two attempts nobody writes.
            do { try await Task.sleep(for: Self.pollInterval) } catch { throw .wasCancelled }
        }
        var head = [UInt8](repeating: 0, count: Compression.headLength)
        var failure: DownloadError?
        let count = head.withUnsafeMutableBytes { buffer in
            do throws(DownloadError) { return try file.copy(at: 0, into: buffer) } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return try Compression(detecting: Array(head.prefix(count)))
    }

    private func unpack(_ reader: PartialReader, _ compression: Compression) async throws(DownloadError) -> Image {
        let (folder, id, limit, progress) = (folder, id, limit, progress)
        return try await DedicatedThread.run { interruption throws(DownloadError) in
            let file = try ImageFile(in: folder, id: id)
            let writer = try ImageWriter(file, limit: limit, limitSetting: "templates.maximum_size")
            let source = InterruptibleSource(reader, interruption)
            let decoded = try ImageDecoder.decode(
                source,
                compression: compression,
                into: writer,
                progress: progress,
                limit: limit
            )
            return Image(file: file, decoded: decoded)
        }
    }
}

/// Ends a reader with its task.
private final class InterruptibleSource: PullSource {
    private let source: PartialReader
    private let interruption: Interruption

    init(_ source: PartialReader, _ interruption: Interruption) {
        self.source = source
        self.interruption = interruption
    }

    var size: Int64? { source.size }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(DownloadError) -> Int {
        if interruption.isRaised { throw .wasCancelled }
        return try source.read(at: offset, into: buffer)
    }
}
