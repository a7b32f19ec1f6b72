internal import Glibc

/// Bytes of a file.
enum FileSize {
    /// - Returns: `nil` where there is none, with the reason in `errno`.
    static func of(_ path: String) -> Int64? {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : nil
    }
}
