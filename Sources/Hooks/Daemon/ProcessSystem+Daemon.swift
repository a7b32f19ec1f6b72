import Glibc

extension ProcessSystem {
    /// Where the daemon listens, unless its configuration says otherwise: then `HOSTLER_SOCKET_PATH` says so here too.
    static let socketPath = "/run/hostler/hostler.sock"

    /// How long the hook waits, in milliseconds. What is only a note must not hold up a guest, let alone libvirt.
    private enum Patience {
        static let connecting = 500
        static let note = 2_000
        /// Of work, unless the daemon has written into ``waitFile`` how many seconds it takes at most.
        static let work = 30_000
        static let longestWork = 3_600_000
        /// What the daemon needs to say that it has waited long enough.
        static let grace = 3_000
    }

    private var daemonSocket: String { environment("HOSTLER_SOCKET_PATH") ?? Self.socketPath }

    /// How long a hook may take in all, in milliseconds.
    var longestWork: Int { patience(beside: daemonSocket) }

    /// What work gets that is begun late.
    static let leastWork = 5_000

    public func daemon(
        _ call: DaemonCall,
        domain: () throws(HookError) -> [UInt8]
    ) throws(HookError) -> DaemonOutcome {
        let path = daemonSocket
        guard let connection = Self.connect(path) else { return .absent }
        defer { close(connection) }
        let bytes = DaemonRequest.bytes(call, try domain())
        let deadline = Self.now() + (call.isWork ? patience(beside: path) : Patience.note)
        guard Self.send(bytes, connection, deadline) else { return .silent("hostlerd does not take the call") }
        guard let answer = Self.receive(connection, deadline) else {
            return .silent("hostlerd gives no answer in time")
        }
        return DaemonRequest.outcome(answer)
    }

    private func patience(beside path: String) -> Int {
        let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[..<$0] } ?? "."
        let file: [UInt8]?
        // Without it, the time that the daemon has unless it is told otherwise.
        do throws(HookError) { file = try readFile(folder + "/hook.wait") } catch { file = nil }
        let digits = (file ?? []).prefix { (0x30...0x39).contains($0) }
        guard let seconds = Int(String(decoding: digits, as: UTF8.self)), seconds <= Patience.longestWork / 1000 else {
            return Patience.work + Patience.grace
        }
        return seconds * 1000 + Patience.grace
    }

    /// - Returns: `nil` where nobody listens, or does not take connections.
    private static func connect(_ path: String) -> Int32? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { return nil }
        let deadline = now() + Patience.connecting
        while true {
            let status = withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            if status == 0 { return descriptor }
            // EAGAIN: its queue is full, for a moment.
            guard errno == EAGAIN || errno == EINTR, now() < deadline else { break }
            usleep(10_000)
        }
        close(descriptor)
        return nil
    }

    private static func send(_ bytes: [UInt8], _ descriptor: Int32, _ deadline: Int) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    descriptor,
                    buffer.baseAddress?.advanced(by: sent),
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                guard isReady(descriptor, POLLOUT, deadline) else { return false }
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    /// - Returns: `nil` where the answer does not end before `deadline`.
    private static func receive(_ descriptor: Int32, _ deadline: Int) -> [UInt8]? {
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while answer.count < maximumAnswer {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count > 0 {
                answer += chunk[..<count]
            } else if count == 0 {
                return answer
            } else if errno == EAGAIN {
                guard isReady(descriptor, POLLIN, deadline) else { return nil }
            } else if errno != EINTR {
                return answer
            }
        }
        return answer
    }

    private static let maximumAnswer = 1 << 20

    static func isReady(_ descriptor: Int32, _ event: Int32, _ deadline: Int) -> Bool {
        while true {
            let left = deadline - now()
            if left <= 0 { return false }
            var wish = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            let count = poll(&wish, 1, Int32(left))
            if count > 0 { return true }
            if count < 0 && errno != EINTR { return false }
        }
    }

    /// Milliseconds of a clock that nobody sets.
    static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}
