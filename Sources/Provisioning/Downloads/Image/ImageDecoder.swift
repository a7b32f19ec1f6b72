/// What came out of the bytes of a source.
struct DecodedImage: Equatable, Sendable {
    /// In bytes.
    var size: Int64
    /// Of the image as it was written.
    var digests: [Checksum]
    /// How the source was packed, the outermost first; empty for not at all.
    var compressions: [Compression]
    /// What the image is called in the archive, where it was in one. Never a path to follow.
    var name: String?
}

/// Unpacks an image while its bytes arrive.
///
/// The source may be compressed (gzip, bzip2, xz, zstd), be a container of one file (tar, zip), or both: at most one
/// container and two compressions, in any order, so that a `tar.gz` of an `image.qcow2.xz` is read. What is nested deeper
/// is refused.
enum ImageDecoder {
    private static let maximumFilters = 2
    private static let pollStep: Int64 = 64 << 20

    /// Waits for the bytes of `source`, and writes the image. The calling thread is used for all of it.
    ///
    /// - Parameters:
    ///   - compression: how the source has to be packed on the outside; `nil` for what its first bytes tell, `none` for
    ///     bytes that are to be taken as they are.
    ///   - progress: `expanded` is counted.
    ///   - limit: bytes that the image may have.
    /// - Throws: what `source` throws; `badArchive`, `tooLarge`, `noSpace`, `fileSystem`; `badImage` for an empty one.
    static func decode(
        _ source: any PullSource,
        compression: Compression? = nil,
        into writer: ImageWriter,
        progress: DownloadProgress,
        limit: Int64
    ) throws(DownloadError) -> DecodedImage {
        writer.limit = limit
        let unpacked = try unpack(source, compression)
        if let size = unpacked.size { try writer.expect(size, dataSize: unpacked.dataSize) }
        var polled: Int64 = 0
        while true {
            let bytes = try unpacked.stage.next()
            if bytes.isEmpty { break }
            try writer.write(bytes)
            let position = writer.position
            progress.update { $0.expanded = position }
            if position - polled >= pollStep {
                polled = position
                try poll(source)
            }
        }
        try unpacked.container?.finish()
        // A filter checks what is below it once it is read to its end.
        while try !unpacked.stage.next().isEmpty {}
        if writer.position == 0 { throw DownloadError(.badImage, "the image is empty; check the URL") }
        return DecodedImage(
            size: writer.position,
            digests: try writer.finish(),
            compressions: unpacked.compressions,
            name: unpacked.container?.entry.name
        )
    }

    private struct Unpacked {
        var stage: LookaheadStage
        var container: ContainerStage?
        var compressions: [Compression] = []
        var size: Int64?
        var dataSize: Int64?
    }

    private static func unpack(
        _ source: any PullSource,
        _ wanted: Compression?
    ) throws(DownloadError) -> Unpacked {
        var unpacked = Unpacked(stage: LookaheadStage(SourceStage(source)))
        if wanted == Compression.none {
            unpacked.size = source.size
            return unpacked
        }
        while true {
            let found = try Compression(detecting: unpacked.stage.peek(Compression.headLength))
            if let wanted, unpacked.compressions.isEmpty, found != wanted {
                throw DownloadError(
                    .badArchive,
                    "the image is not packed with \(wanted.rawValue) as was said, but with \(found.rawValue)"
                )
            }
            if found == .none { break }
            try add(found, to: &unpacked)
        }
        if unpacked.compressions.isEmpty { unpacked.size = source.size }
        if let last = unpacked.compressions.last, last.isContainer, let entry = unpacked.container?.entry {
            (unpacked.size, unpacked.dataSize) = (entry.size, entry.dataSize)
        }
        return unpacked
    }

    private static func add(_ compression: Compression, to unpacked: inout Unpacked) throws(DownloadError) {
        let filters = unpacked.compressions.count { !$0.isContainer }
        let isTooDeep = compression.isContainer ? unpacked.container != nil : filters == maximumFilters
        unpacked.compressions.append(compression)
        if isTooDeep {
            let names = unpacked.compressions.map(\.rawValue).joined(separator: ", in it ")
            throw DownloadError(.badArchive, "the image is packed too often (\(names)); pack it once")
        }
        if compression.isContainer {
            let container = try ContainerStage(compression, unpacked.stage)
            unpacked.container = container
            unpacked.stage = LookaheadStage(container)
        } else if compression == .gzip {
            unpacked.stage = LookaheadStage(try GzipStage(unpacked.stage))
        } else {
            unpacked.stage = LookaheadStage(try FilterStage(compression, unpacked.stage))
        }
    }

    /// Little of a source may become very much: so it is asked now and then whether the image is still wanted.
    private static func poll(_ source: any PullSource) throws(DownloadError) {
        var byte: UInt8 = 0
        let result = withUnsafeMutableBytes(of: &byte) { buffer in
            Result { () throws(DownloadError) in try source.read(at: 0, into: buffer) }
        }
        _ = try result.get()
    }
}
