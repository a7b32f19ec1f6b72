internal import Glibc

/// A system call that failed, as a sentence.
struct SystemError: Error, Equatable {
    let number: Int32
    let message: String

    /// Whether more rights would have helped.
    var isDenied: Bool { number == EACCES || number == EPERM }

    /// - Parameter action: what was tried, such as `cannot read /etc/x`. The reason is taken from `errno`.
    init(_ action: String) {
        self.init(action, number: errno)
    }

    init(_ action: String, number: Int32) {
        self.number = number
        message = "\(action): \(String(cString: strerror(number)).lowercased())"
    }
}
