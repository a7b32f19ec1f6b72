internal import CLibarchive

/// Expands gzip (RFC 1952): one member or several, each of which is checked against its CRC and length.
///
/// Zeros behind the last member are padding, as gzip(1) has it; anything else there is an error, for it may be a member
/// that was damaged.
final class GzipStage: ByteStage {
    private let source: any ByteStage
    private let stream: UnsafeMutablePointer<z_stream>
    private let output = ByteBuffer()
    /// Bytes that were taken from the source, those that zlib has not seen yet among them.
    private var pulled: Int64 = 0
    private var sourceHasEnded = false
    private var isBetweenMembers = false
    private var isPadding = false
    private var hasEnded = false

    init(_ source: any ByteStage) throws(DownloadError) {
        self.source = source
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        if hostler_gzip_begin(stream) != Z_OK { throw DownloadError(.other, "zlib does not start: no memory") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func next() throws(DownloadError) -> UnsafeRawBufferPointer {
        stream.pointee.next_out = output.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(output.bytes.count)
        while stream.pointee.avail_out > 0 && !hasEnded {
            try refill()
            if isBetweenMembers { try beginMember() } else { try inflateSome() }
        }
        return output.prefix(output.bytes.count - Int(stream.pointee.avail_out))
    }

    private func refill() throws(DownloadError) {
        if stream.pointee.avail_in > 0 || sourceHasEnded { return }
        let input = try source.next()
        sourceHasEnded = input.isEmpty
        pulled += Int64(input.count)
        // zlib only reads through it.
        stream.pointee.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?
            .assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(input.count)
    }

    private func inflateSome() throws(DownloadError) {
        switch inflate(stream, Z_NO_FLUSH) {
        case Z_STREAM_END: isBetweenMembers = true
        case Z_OK: break
        case Z_BUF_ERROR:
            if sourceHasEnded && stream.pointee.avail_in == 0 {
                throw DownloadError(
                    .badArchive,
                    "the gzip file is cut off: it ends at byte \(pulled) in the middle; download it again or ask its owner"
                )
            }
        case Z_MEM_ERROR: throw DownloadError(.other, "there is no memory to expand the gzip file", isTemporary: true)
        default:
            let reason = stream.pointee.msg.map { String(cString: $0) } ?? "a dictionary is needed"
            throw DownloadError(
                .badArchive,
                "the gzip file is damaged at byte \(position) (\(reason)); download it again or ask its owner"
            )
        }
    }

    /// What zlib has read.
    private var position: Int64 { pulled - Int64(stream.pointee.avail_in) }

    private func beginMember() throws(DownloadError) {
        while stream.pointee.avail_in > 0, let byte = stream.pointee.next_in?.pointee, byte == 0 {
            isPadding = true
            stream.pointee.next_in = stream.pointee.next_in?.advanced(by: 1)
            stream.pointee.avail_in -= 1
        }
        if stream.pointee.avail_in == 0 {
            hasEnded = sourceHasEnded
            return
        }
        if isPadding || stream.pointee.next_in?.pointee != 0x1F {
            throw DownloadError(
                .badArchive,
                "the gzip file has bytes behind its end, from byte \(position) on, that are not of gzip; "
                    + "download it again or ask its owner"
            )
        }
        inflateReset(stream)
        isBetweenMembers = false
    }
}
