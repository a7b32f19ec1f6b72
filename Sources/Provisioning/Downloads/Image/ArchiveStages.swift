/// Expands bzip2, xz or zstd.
final class FilterStage: ByteStage {
    private let reader: ArchiveReader
    private let compression: Compression
    private var hasBegun = false
    private var hasEnded = false

    init(_ compression: Compression, _ source: any ByteStage) throws(DownloadError) {
        self.compression = compression
        reader = try ArchiveReader(compression, from: source)
    }

    func next() throws(DownloadError) -> UnsafeRawBufferPointer {
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        if !hasBegun {
            hasBegun = true
            hasEnded = try reader.nextEntry() == nil
        }
        while !hasEnded {
            if let block = try reader.nextBlock() {
                if !block.bytes.isEmpty { return block.bytes }
            } else {
                hasEnded = true
                try checkEnd()
            }
        }
        return nothing
    }

    private func checkEnd() throws(DownloadError) {
        let position = reader.position
        let rest = try reader.drain()
        if rest > 0 {
            throw DownloadError(
                .badArchive,
                "the \(compression.rawValue) file has \(rest) bytes behind its end, from byte \(position) on; "
                    + "download it again or ask its owner"
            )
        }
    }
}

/// The one image in a tar or zip file.
///
/// Folders are passed over, and so is what only describes the image. Names are never used as paths.
final class ContainerStage: ByteStage {
    private let reader: ArchiveReader
    private let compression: Compression
    private let zeros = ByteBuffer()
    private var images: [String] = []
    private var offset: Int64 = 0
    private var size: Int64 = 0
    /// Bytes behind a hole, while the hole is given.
    private var waiting: UnsafeRawBufferPointer?
    private var holeEnd: Int64 = 0
    private var hasEnded = false

    /// Reads up to the image.
    ///
    /// - Parameter compression: `tar` or `zip`.
    /// - Throws: `badArchive` where there is none.
    init(_ compression: Compression, _ source: any ByteStage) throws(DownloadError) {
        self.compression = compression
        reader = try ArchiveReader(compression, from: source)
        guard let entry = try nextImage() else {
            throw DownloadError(
                .badArchive,
                "the \(compression.rawValue) file has no image in it; pack one file into it"
            )
        }
        size = entry.size ?? 0
        self.entry = entry
    }

    /// The image's; empty only while there is none.
    private(set) var entry = ArchiveReader.Entry(name: "", kind: .other, isEncrypted: false)

    func next() throws(DownloadError) -> UnsafeRawBufferPointer {
        while true {
            if holeEnd > offset {
                let count = min(holeEnd - offset, Int64(zeros.bytes.count))
                offset += count
                return zeros.prefix(Int(count))
            }
            if let bytes = waiting {
                waiting = nil
                offset += Int64(bytes.count)
                if !bytes.isEmpty { return bytes }
            }
            if hasEnded { return UnsafeRawBufferPointer(start: nil, count: 0) }
            if let block = try reader.nextBlock() {
                if block.offset < offset { throw reader.damaged("its parts overlap") }
                holeEnd = block.offset
                waiting = block.bytes
            } else {
                hasEnded = true
                holeEnd = max(offset, size)
            }
        }
    }

    /// Reads the rest, once the image has been taken.
    ///
    /// - Throws: `badArchive` where there is another image, or the file is not whole.
    func finish() throws(DownloadError) {
        while images.count <= Self.namesShown, try nextImage() != nil {}
        if images.count > 1 {
            let names = images.prefix(Self.namesShown).map { "'\(DisplayURL.printable($0))'" }.joined(separator: ", ")
            let more = images.count > Self.namesShown ? " and more" : ""
            throw DownloadError(
                .badArchive,
                "the \(compression.rawValue) file has several files in it: \(names)\(more); pack the image alone"
            )
        }
        _ = try reader.drain()
        if compression == .zip {
            if !reader.directory.isWhole { throw reader.damaged("its directory is not there") }
            if let name = reader.directory.specialNames.first { throw special(name, "a symbolic link or a device") }
        }
    }

    private static let namesShown = 5

    private func nextImage() throws(DownloadError) -> ArchiveReader.Entry? {
        while let entry = try reader.nextEntry() {
            switch entry.kind {
            case .folder: continue
            case .symbolicLink: throw special(entry.name, "a symbolic link")
            case .hardLink: throw special(entry.name, "a hard link")
            case .other: throw special(entry.name, "a device, a pipe or a socket")
            case .file: break
            }
            if Self.isDescription(entry) { continue }
            if entry.isEncrypted {
                throw DownloadError(
                    .badArchive,
                    "'\(DisplayURL.printable(entry.name))' in the \(compression.rawValue) file is encrypted; "
                        + "pack it without a password"
                )
            }
            images.append(entry.name)
            return entry
        }
        return nil
    }

    private func special(_ name: String, _ kind: String) -> DownloadError {
        DownloadError(
            .badArchive,
            "'\(DisplayURL.printable(name))' in the \(compression.rawValue) file is \(kind); pack the image as a file"
        )
    }

    private static let descriptions = [
        ".asc", ".cert", ".md", ".md5", ".mf", ".ovf", ".sha1", ".sha256", ".sha512", ".sig", ".txt",
    ]

    /// What is packed beside images: checksums, signatures, descriptions (OVF), and what macOS adds.
    private static func isDescription(_ entry: ArchiveReader.Entry) -> Bool {
        let parts = entry.name.split(separator: "/")
        guard let name = parts.last?.lowercased() else { return false }
        if parts.contains("__MACOSX") || name.hasPrefix("._") || name == ".ds_store" { return true }
        return (entry.size ?? 0) <= 1 << 20 && descriptions.contains { name.hasSuffix($0) }
    }
}
