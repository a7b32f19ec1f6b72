internal import Glibc

/// The callers at the local socket, by what the kernel says of the process at its other end.
///
/// The socket's mode and group decide who gets through to it: whoever does is root or in the group that may manage
/// libvirt's guests, and so may do everything here as well. The uid gives a caller its name.
package struct PeerCredentials: Authenticator {
    private let userName: @Sendable (UInt32) -> String?

    /// - Parameter userName: the name of a uid; from the system's user database unless given.
    package init(userName: @escaping @Sendable (UInt32) -> String? = PeerCredentials.systemUserName) {
        self.userName = userName
    }

    package func authenticate(_ request: AuthenticationRequest) async throws -> AuthenticationOutcome {
        guard case .local(let uid, gid: _, pid: _) = request.origin else { return .notMine }
        let name = uid == 0 ? "root" : userName(uid) ?? "uid \(uid)"
        return .caller(Caller(id: Self.id(uid), name: name, kind: .local))
    }

    /// A UUID in which the uid can be read.
    static func id(_ uid: UInt32) -> String {
        let digits = String(uid, radix: 16)
        return "00000000-0000-4000-9000-" + String(repeating: "0", count: 12 - digits.utf8.count) + digits
    }

    /// getpwuid_r(3); `nil` where there is no such user.
    package static func systemUserName(_ uid: UInt32) -> String? {
        var buffer = [CChar](repeating: 0, count: 1 << 14)
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        guard getpwuid_r(uid, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return String(cString: entry.pw_name)
    }
}
