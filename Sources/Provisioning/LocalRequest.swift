internal import CLibcurl
internal import Glibc

/// A request to a daemon of this host, over its unix socket.
public enum LocalRequest {
    public struct Answer: Sendable, Equatable {
        /// HTTP's.
        public let status: Int
        public let body: [UInt8]
    }

    public struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// Whether nobody listens there.
        public let isAbsent: Bool
        /// One lowercase sentence.
        public let message: String
        public var description: String { message }
    }

    /// An answer may have this many bytes.
    public static let maximumAnswer = 64 << 20

    /// Sends a form (`application/x-www-form-urlencoded`) and waits for the answer.
    ///
    /// - Parameters:
    ///   - path: of the socket.
    ///   - target: `/client/api`.
    ///   - form: encoded.
    ///   - seconds: how long the whole may take.
    public static func post(
        socket path: String,
        target: String,
        form: String,
        seconds: Int = 600
    ) throws(Failure) -> Answer {
        try perform(path, target, form, seconds)
    }

    /// Asks for what is at `target`, such as `/health`; the rest as ``post(socket:target:form:seconds:)``.
    public static func get(socket path: String, target: String, seconds: Int = 10) throws(Failure) -> Answer {
        try perform(path, target, nil, seconds)
    }

    private static func perform(
        _ path: String,
        _ target: String,
        _ form: String?,
        _ seconds: Int
    ) throws(Failure) -> Answer {
        let exchange = Exchange()
        guard let handle = curl_easy_init() else { throw Failure(isAbsent: false, message: "libcurl cannot be used") }
        defer { curl_easy_cleanup(handle) }
        let context = Unmanaged.passUnretained(exchange).toOpaque()
        var codes = [
            hostler_curl_setopt_string(handle, CURLOPT_UNIX_SOCKET_PATH, path),
            hostler_curl_setopt_string(handle, CURLOPT_URL, "http://localhost" + target),
            hostler_curl_setopt_string(handle, CURLOPT_PROXY, ""),
            hostler_curl_setopt_long(handle, CURLOPT_CONNECTTIMEOUT, 5),
            hostler_curl_setopt_long(handle, CURLOPT_TIMEOUT, seconds),
            hostler_curl_setopt_long(handle, CURLOPT_NOSIGNAL, 1),
            hostler_curl_setopt_pointer(handle, CURLOPT_WRITEDATA, context),
            hostler_curl_setopt_callback(handle, CURLOPT_WRITEFUNCTION, Exchange.receive),
        ]
        if let form {
            codes += [
                hostler_curl_setopt_long(handle, CURLOPT_POSTFIELDSIZE, form.utf8.count),
                hostler_curl_setopt_string(handle, CURLOPT_COPYPOSTFIELDS, form),
            ]
        }
        if let wrong = codes.first(where: { $0 != CURLE_OK }) { throw failure(wrong, path, 0) }
        let code = withExtendedLifetime(exchange) { curl_easy_perform(handle) }
        var number = 0
        _ = hostler_curl_getinfo_long(handle, CURLINFO_OS_ERRNO, &number)
        if code != CURLE_OK { throw failure(code, path, Int32(number)) }
        var status = 0
        _ = hostler_curl_getinfo_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return Answer(status: status, body: exchange.body)
    }

    private static func failure(_ code: CURLcode, _ path: String, _ number: Int32) -> Failure {
        let isUnreachable = code == CURLE_COULDNT_CONNECT
        if isUnreachable && number == EACCES {
            return Failure(
                isAbsent: false,
                message: "you may not use \(path); ask to be put into its group (ls -l \(path))"
            )
        }
        if isUnreachable { return Failure(isAbsent: true, message: "hostlerd does not run: nobody listens at \(path)") }
        return Failure(isAbsent: false, message: "hostlerd at \(path): \(String(cString: curl_easy_strerror(code)))")
    }
}

/// What libcurl's callback writes to.
private final class Exchange {
    var body: [UInt8] = []

    static let receive: hostler_curl_callback = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
        if exchange.body.count + size * count > LocalRequest.maximumAnswer { return 0 }
        exchange.body += UnsafeRawBufferPointer(start: bytes, count: size * count)
        return size * count
    }
}
