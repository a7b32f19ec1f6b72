internal import Glibc
package import LibvirtClient

/// This host, as opposed to the one that a connection leads to.
package enum Host {
    /// Whether guests of `connection` run here, so that what this host sees of the network is what QEMU will see.
    package static func runsGuests(of connection: Connection) throws(LibvirtError) -> Bool {
        let remote = remoteName(uri: try connection.uri())
        guard let remote else { return true }
        if remote == "localhost" { return true }
        return isSame(try connection.hostname(), name())
    }

    package static func name() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The host in `driver[+transport]://[user@]host[:port]/path`; `nil` where there is none, which is a local socket.
    package static func remoteName(uri: String) -> String? {
        guard let colon = uri.firstIndex(of: ":"), uri[colon...].hasPrefix("://") else { return nil }
        let rest = uri[uri.index(colon, offsetBy: 3)...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let server = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        if server.hasPrefix("[") { return String(server.dropFirst().prefix { $0 != "]" }) }
        let host = server.prefix { $0 != ":" }
        return host.isEmpty ? nil : String(host)
    }

    /// Either may be the short form of the other.
    package static func isSame(_ left: String, _ right: String) -> Bool {
        if left.isEmpty || right.isEmpty { return false }
        return left == right || left.hasPrefix(right + ".") || right.hasPrefix(left + ".")
    }
}
