internal import Glibc

/// The room of a file system, and writing that says how much is missing.
enum FreeSpace {
    /// What is left free where nobody knows how much is to come.
    static let reserve: Int64 = 16 << 20

    /// Bytes that may still be written; `nil` where the system does not say.
    static func available(_ descriptor: Int32) -> Int64? {
        var status = statvfs()
        guard fstatvfs(descriptor, &status) == 0 else { return nil }
        return Int64(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
        )
    }

    /// - Parameter bytes: to be written beyond what the file has.
    /// - Throws: `noSpace`.
    static func check(_ bytes: Int64, _ descriptor: Int32, path: String) throws(DownloadError) {
        guard let available = available(descriptor), available < bytes else { return }
        throw missing(path, needed: bytes, available: available)
    }

    /// Writes all of it.
    static func write(
        _ bytes: UnsafeRawBufferPointer,
        to descriptor: Int32,
        at offset: Int64,
        path: String
    ) throws(DownloadError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(
                descriptor,
                bytes.baseAddress.map { $0 + done },
                bytes.count - done,
                off_t(offset) + done
            )
            if count > 0 {
                done += count
                continue
            }
            let number = count == 0 ? EIO : errno
            switch number {
            case EINTR: continue
            case ENOSPC, EDQUOT:
                throw missing(path, needed: Int64(bytes.count - done), available: available(descriptor) ?? 0)
            default: throw .system("cannot write \(DownloadError.quoted(path))", number: number)
            }
        }
    }

    private static func missing(_ path: String, needed: Int64, available: Int64) -> DownloadError {
        DownloadError(
            .noSpace,
            "the file system of \(DownloadError.quoted(path)) has \(available) bytes free where \(needed) more are needed; "
                + "make room there, or use another pool"
        )
    }
}
