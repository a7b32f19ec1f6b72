internal import Glibc

/// A system call that failed, as a sentence.
package struct SystemError: Error, Equatable {
    package let number: Int32
    package let message: String

    /// Whether more rights would have helped.
    package var isDenied: Bool { number == EACCES || number == EPERM }

    /// - Parameter action: what was tried, such as `cannot read /etc/x`. The reason is taken from `errno`.
    package init(_ action: String) {
        self.init(action, number: errno)
    }

    package init(_ action: String, number: Int32) {
        self.number = number
        message = "\(action): \(String(cString: strerror(number)).lowercased())"
    }
}
