internal import Glibc

extension ConfigDriveError {
    /// A system call that failed.
    ///
    /// - Parameter action: what was tried, such as `cannot write '/x'`. The reason is taken from `errno`.
    static func system(_ action: String) -> ConfigDriveError { system(action, number: errno) }

    static func system(_ action: String, number: Int32) -> ConfigDriveError {
        ConfigDriveError(.fileSystem, "\(action): \(String(cString: strerror(number)).lowercased())")
    }

    /// A path as messages show it.
    static func quoted(_ path: some StringProtocol) -> String { "'\(DisplayURL.printable(path))'" }
}
