internal import Glibc

extension DownloadError {
    /// A system call that failed.
    ///
    /// - Parameter action: what was tried, such as `cannot write '/x'`. The reason is taken from `errno`.
    static func system(_ action: String, number: Int32 = errno) -> DownloadError {
        let reason = String(cString: strerror(number)).lowercased()
        if number == ENOSPC || number == EDQUOT {
            return DownloadError(.noSpace, "\(action): \(reason); free space there or choose another pool")
        }
        return DownloadError(.fileSystem, "\(action): \(reason)")
    }

    static let wasCancelled = DownloadError(.cancelled, "the download was cancelled; ask for it again to go on with it")

    /// A path as messages show it.
    static func quoted(_ path: some StringProtocol) -> String { "'\(DisplayURL.printable(path))'" }
}
