internal import Glibc

/// The content of an image file, read here and there.
struct ImageBytes: ~Copyable {
    let path: String
    let size: Int64
    private let file: OpenFile

    var descriptor: Int32 { file.descriptor }

    /// - Throws: `fileSystem` where it cannot be read, or is no regular file.
    init(_ path: String) throws(DownloadError) {
        let shown = DownloadError.quoted(path)
        guard let file = OpenFile(path, O_RDONLY | O_NONBLOCK) else { throw .system("cannot read \(shown)") }
        guard let status = file.status() else { throw .system("cannot read \(shown)") }
        if status.st_mode & S_IFMT != S_IFREG {
            throw DownloadError(.fileSystem, "\(shown) is not a file, so it is no image; name another path")
        }
        self.path = path
        size = Int64(status.st_size)
        self.file = file
    }

    /// - Returns: up to `count` bytes; fewer where the file ends, none behind its end.
    borrowing func read(at offset: Int64, _ count: Int) throws(DownloadError) -> [UInt8] {
        if offset < 0 || offset >= size { return [] }
        guard let bytes = file.read(at: Int(offset), count: min(count, Int(size - offset))) else {
            throw .system("cannot read \(DownloadError.quoted(path))")
        }
        return bytes
    }

    borrowing func has(_ mark: some Collection<UInt8>, at offset: Int64) throws(DownloadError) -> Bool {
        try read(at: offset, mark.count).elementsEqual(mark)
    }
}
