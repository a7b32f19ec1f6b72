// For `timeval`, which Swift takes for that module's since its header is read first.
internal import CLibnfs
internal import Glibc

/// Asks an NBD server on a unix socket for the size of what it serves: the fixed newstyle handshake with `NBD_OPT_GO`,
/// after the NBD protocol's own document (proto.md).
enum NBDProbe {
    enum Failure: Error, Equatable {
        /// Nobody listens; the system's number.
        case noListener(Int32)
        /// It answers, but cannot open what it is to serve.
        case refused
        /// It said nothing, or not all, in time, or hung up.
        case silent
        /// It speaks something else.
        case protocolError

        /// As what is said of a server: `it …`.
        var seen: String {
            switch self {
            case .noListener(let number): "cannot be connected to (\(String(cString: strerror(number)).lowercased()))"
            case .refused: "refuses its first reader"
            case .silent: "does not answer"
            case .protocolError: "answers in another protocol"
            }
        }
    }

    private static let optionMagic: UInt64 = 0x4948_4156_454F_5054
    private static let replyMagic: UInt64 = 0x0003_E889_0455_65A9
    private static let go: UInt32 = 7
    /// Servers send short texts and small blocks here.
    private static let maximumReply = 65_536

    /// - Parameter seconds: how long each answer may take.
    static func size(_ socket: String, seconds: Int) throws(Failure) -> Int64 {
        let connection = try Connection(socket, seconds: seconds)
        var greeting = Reader(try connection.receive(18))
        guard greeting.number(8) == 0x4E42_444D_4147_4943, greeting.number(8) == optionMagic else {
            throw .protocolError
        }
        // Bit 0: fixed newstyle; bit 1: no zeroes behind an answer to the oldest request.
        let flags = greeting.number(2)
        guard flags & 1 == 1 else { throw .protocolError }
        try connection.send(bytes(flags & 3, 4) + bytes(optionMagic, 8) + bytes(UInt64(go), 4) + bytes(6, 4))
        // The export without a name, and no wishes about it.
        try connection.send(bytes(0, 4) + bytes(0, 2))
        var size: Int64?
        while true {
            var header = Reader(try connection.receive(20))
            guard header.number(8) == replyMagic, header.number(4) == UInt64(go) else { throw .protocolError }
            let (type, length) = (header.number(4), Int(header.number(4)))
            if length > maximumReply { throw .protocolError }
            var data = Reader(try connection.receive(length))
            switch type {
            case 1:
                // A polite end: NBD_CMD_DISC.
                try connection.send(bytes(0x2560_9513, 4) + bytes(2, 4) + bytes(0, 8) + bytes(0, 8) + bytes(0, 4))
                guard let size else { throw .protocolError }
                return size
            case 3 where length >= 12 && data.number(2) == 0: size = Int64(clamping: data.number(8))
            case 3: break
            default: throw type >= 0x8000_0000 ? .refused : .protocolError
            }
        }
    }

    /// - Returns: whether somebody listens there.
    static func listens(_ socket: String) -> Bool {
        do throws(Failure) {
            _ = try Connection(socket, seconds: 5)
            return true
        } catch {
            return false
        }
    }

    /// Big-endian.
    private static func bytes(_ number: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
    }

    private struct Reader {
        private var rest: ArraySlice<UInt8>
        init(_ bytes: [UInt8]) { rest = bytes[...] }

        mutating func number(_ count: Int) -> UInt64 {
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    private struct Connection: ~Copyable {
        private let descriptor: Int32

        init(_ path: String, seconds: Int) throws(Failure) {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = Array(path.utf8)
            guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { throw .noListener(ENAMETOOLONG) }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            let opened = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            if opened < 0 { throw .noListener(errno) }
            var limit = timeval(tv_sec: seconds, tv_usec: 0)
            for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                setsockopt(opened, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
            }
            let connected = withUnsafePointer(to: address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(opened, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            if connected != 0 {
                let number = errno
                close(opened)
                throw .noListener(number)
            }
            descriptor = opened
        }

        deinit { close(descriptor) }

        borrowing func send(_ bytes: [UInt8]) throws(Failure) {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { throw .silent }
                rest = rest.dropFirst(count)
            }
        }

        borrowing func receive(_ wanted: Int) throws(Failure) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: wanted)
            var got = 0
            while got < wanted {
                let count = bytes.withUnsafeMutableBytes {
                    recv(descriptor, $0.baseAddress.map { $0 + got }, wanted - got, 0)
                }
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { throw .silent }
                got += count
            }
            return bytes
        }
    }
}
