internal import Glibc

extension DownloadError {
    /// A system call on a file that failed.
    ///
    /// - Parameter action: what was tried, such as `cannot write '/x'`.
    static func file(_ action: String, number: Int32 = errno) -> DownloadError {
        let reason = String(cString: strerror(number)).lowercased()
        if number == ENOSPC || number == EDQUOT {
            return DownloadError(.noSpace, "\(action): \(reason); free space there or choose another pool")
        }
        return DownloadError(.fileSystem, "\(action): \(reason)")
    }
}
