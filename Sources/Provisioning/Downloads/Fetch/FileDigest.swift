internal import Glibc

/// What a file hashes to.
public enum FileDigest {
    private static let step = 4 << 20

    /// - Parameter progress: counts what was read.
    /// - Throws: `fileSystem`.
    public static func of(
        _ path: String,
        _ algorithm: DigestAlgorithm,
        progress: DownloadProgress? = nil
    ) throws(DownloadError) -> Checksum {
        guard let file = OpenFile(path, O_RDONLY), let status = file.status() else {
            throw .system("cannot read \(DownloadError.quoted(path))")
        }
        progress?.update { snapshot in
            snapshot.phase = .downloading
            snapshot.total = Int64(status.st_size)
            snapshot.received = 0
        }
        let digest = try RunningDigest(algorithm)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: step, alignment: 64)
        defer { buffer.deallocate() }
        var offset: Int64 = 0
        while true {
            let count = pread(file.descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count == 0 { return try digest.finish() }
            if count < 0 {
                if errno == EINTR { continue }
                throw .system("cannot read \(DownloadError.quoted(path))")
            }
            try digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += Int64(count)
            let done = offset
            progress?.update { $0.received = done }
        }
    }
}
