internal import CLinux
internal import Glibc

/// Writes an image from its first byte to its last, with holes where it has zeros, and computes its digest on the way.
final class ImageWriter {
    let file: ImageFile
    /// Bytes written so far, zeros included.
    private(set) var position: Int64 = 0
    /// Bytes that the image may have.
    var limit: Int64
    /// What the setting is called that `limit` comes from.
    private let limitSetting: String
    private var expected: Int64?
    private let digests: [RunningDigest]
    /// Up to where the kernel was told to write, and space was looked at.
    private var flushed: Int64 = 0
    private var checked: Int64 = 0
    /// Bytes that are not holes.
    private var stored: Int64 = 0

    /// Zeros of this size at a multiple of it become a hole.
    private static let block = 64 << 10
    private static let flushStep: Int64 = 8 << 20
    private static let checkStep: Int64 = 64 << 20

    init(
        _ file: ImageFile,
        digests: [DigestAlgorithm] = [.sha256],
        limit: Int64 = .max,
        limitSetting: String = "maximum_size"
    ) throws(DownloadError) {
        self.file = file
        self.limit = limit
        self.limitSetting = limitSetting
        var running: [RunningDigest] = []
        for algorithm in digests { running.append(try RunningDigest(algorithm)) }
        self.digests = running
    }

    /// What the image will have, where that is known before: refused now rather than later.
    ///
    /// - Parameters:
    ///   - size: of the whole image.
    ///   - dataSize: bytes of it that are not in holes, where that is known.
    /// - Throws: `tooLarge`, `noSpace`.
    func expect(_ size: Int64, dataSize: Int64? = nil) throws(DownloadError) {
        if size > limit { throw tooLarge("has \(size) bytes") }
        expected = dataSize ?? size
        try checkSpace()
    }

    /// - Throws: `tooLarge`, `noSpace`, `fileSystem`.
    func write(_ bytes: UnsafeRawBufferPointer) throws(DownloadError) {
        if Int64(bytes.count) > limit - position { throw tooLarge("is larger") }
        for digest in digests { try digest.update(bytes) }
        var start = 0
        // Neighbours that are not zeros are written together.
        var dataStart = 0
        while start < bytes.count {
            let inBlock = Int((position + Int64(start)) % Int64(Self.block))
            let end = min(bytes.count, start + Self.block - inBlock)
            if Self.isZero(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) {
                try store(UnsafeRawBufferPointer(rebasing: bytes[dataStart..<start]), at: position + Int64(dataStart))
                dataStart = end
            }
            start = end
        }
        try store(UnsafeRawBufferPointer(rebasing: bytes[dataStart...]), at: position + Int64(dataStart))
        position += Int64(bytes.count)
        try look()
    }

    /// Brings all to the disk.
    ///
    /// - Returns: the digests of the image.
    func finish() throws(DownloadError) -> [Checksum] {
        // The last bytes may be a hole.
        if file.system.resize(file.descriptor, to: position) != 0 { throw failure() }
        if file.system.sync(file.descriptor) != 0 { throw failure() }
        var sums: [Checksum] = []
        for digest in digests { sums.append(try digest.finish()) }
        return sums
    }

    private func store(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(DownloadError) {
        var rest = bytes[...]
        var offset = offset
        while !rest.isEmpty {
            let count = file.system.write(file.descriptor, UnsafeRawBufferPointer(rebasing: rest), at: offset)
            if count < 0 {
                if errno == EINTR { continue }
                throw failure()
            }
            if count == 0 { throw .system("cannot write \(file.shown)", number: EIO) }
            rest = rest.dropFirst(count)
            offset += Int64(count)
            stored += Int64(count)
        }
    }

    private func look() throws(DownloadError) {
        if position - flushed >= Self.flushStep {
            // So that the last fsync does not have it all before it. A hint: errors come with that fsync.
            _ = hostler_begin_writeback(file.descriptor, flushed, position - flushed)
            flushed = position
        }
        if stored - checked >= Self.checkStep {
            checked = stored
            try checkSpace()
        }
    }

    private func checkSpace() throws(DownloadError) {
        guard let space = file.system.space(file.descriptor) else { return }
        let needed = expected.map { max(0, $0 - stored) }
        if space < needed ?? 0 || (space == 0 && needed != 0) { throw file.noSpace(needed: needed) }
    }

    private func failure() -> DownloadError {
        let number = errno
        if number == ENOSPC || number == EDQUOT {
            return file.noSpace(needed: expected.map { max(0, $0 - stored) })
        }
        return .system("cannot write \(file.shown)", number: number)
    }

    private func tooLarge(_ what: String) -> DownloadError {
        DownloadError(
            .tooLarge,
            "the expanded image \(what), and \(limit) bytes are allowed; raise \(limitSetting) or take a smaller image"
        )
    }

    private static func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return true }
        // All bytes equal their neighbour; memcmp is as fast as memory.
        return bytes[0] == 0 && memcmp(start, start + 1, bytes.count - 1) == 0
    }
}
