/// How bytes are packed, as their first bytes tell; names are not looked at.
public enum Compression: String, Codable, Hashable, Sendable {
    case none, gzip, bzip2, xz, zstd, zip, tar

    /// Whether it has files in it, rather than one stream of bytes.
    var isContainer: Bool { self == .zip || self == .tar }

    /// As many first bytes as ``init(detecting:)`` looks at.
    static let headLength = 512

    /// - Parameter head: the first bytes, ``headLength`` where there are as many.
    /// - Throws: `badArchive` where it is packed in a way that is known and not read.
    init(detecting head: [UInt8]) throws(DownloadError) {
        if let found = Self.magic.first(where: { head.starts(with: $0.bytes) }) {
            self = found.compression
        } else if head.count >= 4, head.starts(with: [0x42, 0x5A, 0x68]), (0x31...0x39).contains(head[3]) {
            self = .bzip2
        } else if Self.isSkippableZstd(head) {
            self = .zstd
        } else if Self.isTar(head) {
            self = .tar
        } else if let other = Self.others.first(where: { head.starts(with: $0.bytes) }) {
            throw DownloadError(
                .badArchive,
                "the image is packed with \(other.name), which is not read; pack it with gzip, bzip2, xz, zstd or zip"
            )
        } else {
            self = .none
        }
    }

    private static let magic: [(bytes: [UInt8], compression: Compression)] = [
        ([0x1F, 0x8B], .gzip),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .xz),
        ([0x28, 0xB5, 0x2F, 0xFD], .zstd),
        ([0x50, 0x4B, 0x03, 0x04], .zip),
        // An archive of no files.
        ([0x50, 0x4B, 0x05, 0x06], .zip),
    ]

    /// The old .lzma has no magic number and no checksum; this is how nearly all of them begin.
    private static let others: [(bytes: [UInt8], name: String)] = [
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7-Zip"),
        ([0x52, 0x61, 0x72, 0x21, 0x1A, 0x07], "RAR"),
        ([0x04, 0x22, 0x4D, 0x18], "LZ4"),
        ([0x4C, 0x5A, 0x49, 0x50, 0x01], "lzip"),
        ([0x89, 0x4C, 0x5A, 0x4F, 0x00], "lzop"),
        ([0x1F, 0x9D], "compress"),
        ([0x5D, 0x00, 0x00], "LZMA"),
        ([0x4D, 0x53, 0x43, 0x46, 0, 0, 0, 0], "a cabinet"),
        ([0x50, 0x4B, 0x07, 0x08], "a zip of several volumes"),
    ]

    /// RFC 8878, 3.1.2: what pzstd and others begin with.
    private static func isSkippableZstd(_ head: [UInt8]) -> Bool {
        head.count >= 4 && head[0] & 0xF0 == 0x50 && head[1...3].elementsEqual([0x2A, 0x4D, 0x18])
    }

    /// POSIX (pax) and GNU, whose magic stands where a disk may have boot code: so the header's checksum must be right.
    private static func isTar(_ head: [UInt8]) -> Bool {
        guard head.count >= 512, head[257..<262].elementsEqual("ustar".utf8) else { return false }
        let digits = head[148..<156].drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
        let stated = digits.prefix(7).reduce(0) { $0 * 8 + Int($1 - 0x30) }
        let others = head[..<148].reduce(0) { $0 + Int($1) } + head[156..<512].reduce(0) { $0 + Int($1) }
        // The field itself counts as blanks.
        return stated == others + 8 * 0x20
    }
}
