import Foundation
import Glibc
import Synchronization
import TestSupport

/// Somebody who listens where `hostlerd` would, for one call.
final class FakeDaemon: Sendable {
    private let descriptor: Int32
    private let heard = Mutex<[UInt8]?>(nil)

    /// - Parameter answer: all that is said before the connection is closed; `nil` to say nothing and leave it open.
    init(at path: String, answer: String?) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let status = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0, listen(descriptor, 1) == 0 else { throw Command.Failed("cannot listen at \(path)") }
        let thread = Thread { [self] in serve(answer) }
        thread.start()
    }

    /// Nobody accepts any more, as after a daemon that was killed.
    func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    deinit { close(descriptor) }

    /// The request, once it has come whole.
    var request: String {
        get throws {
            try wait(for: "a request") { heard.withLock { $0 != nil } }
            return String(decoding: heard.withLock { $0 } ?? [], as: UTF8.self)
        }
    }

    private func serve(_ answer: String?) {
        let connection = accept(descriptor, nil, nil)
        if connection < 0 { return }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while !Self.isWhole(bytes) {
            let count = recv(connection, &chunk, chunk.count, 0)
            if count <= 0 { break }
            bytes += chunk[..<count]
        }
        heard.withLock { $0 = bytes }
        if let answer {
            _ = answer.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
        } else {
            // Until the hook has had enough of it.
            while recv(connection, &chunk, chunk.count, 0) > 0 {}
        }
        close(connection)
    }

    private static func isWhole(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n"), let field = text.range(of: "Content-Length: ") else { return false }
        let length = Int(text[field.upperBound...].prefix { $0.isNumber }) ?? 0
        return text[end.upperBound...].utf8.count >= length
    }
}
