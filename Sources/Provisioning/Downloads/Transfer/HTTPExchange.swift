internal import CLibcurl
internal import Glibc
internal import Synchronization

/// One request and its answer. Owns a libcurl handle and all that libcurl calls back into.
///
/// ``TransferEngine`` runs it, once.
final class HTTPExchange: @unchecked Sendable {
    // Checked by hand: what changes here is touched by the engine's thread from `run` until the answer is complete, and
    // by the task that made it before and after; the engine's lock lies between.

    /// What comes in, as it comes. Called on the engine's thread.
    struct Handlers {
        /// The status and the headers are complete; throwing ends the exchange.
        var head: (_ answer: Answer) throws(DownloadError) -> Void
        /// - Returns: whether more is wanted.
        var body: (_ bytes: UnsafeRawBufferPointer) throws(DownloadError) -> Bool
    }

    /// The beginning of an answer.
    struct Answer {
        var status = 0
        /// By name in lower case; of a header that comes twice, the last.
        var headers: [String: String] = [:]
    }

    enum Outcome {
        case complete
        /// `body` wanted no more.
        case enough
        case failed(CurlFailure)
        /// By a handler, or since the address is refused.
        case refused(DownloadError)
        case silent(isConnected: Bool)
        case cancelled
    }

    let handle: UnsafeMutableRawPointer
    private let host: String
    private let policy: AddressPolicy?
    private let handlers: Handlers
    private let idleTimeout: Int
    private let cancelled = Atomic(false)
    private var list: CurlList?
    private(set) var answer = Answer()
    private var isHeadComplete = false
    private var refusal: DownloadError?
    private var refusedAddress: DownloadError?
    private var hasEnough = false
    private var isSilent = false
    private var lastCount: curl_off_t = -1
    private var lastChange = HTTPExchange.now

    /// - Parameter policy: `nil` where the connection goes to the operator's own proxy.
    init(
        _ address: HTTPAddress,
        policy: AddressPolicy?,
        idleTimeout: Int,
        handlers: Handlers
    ) throws(DownloadError) {
        guard let handle = curl_easy_init() else {
            throw DownloadError(.other, "libcurl has no memory for a transfer", isTemporary: true)
        }
        self.handle = handle
        self.host = address.origin.host
        self.policy = policy
        self.handlers = handlers
        self.idleTimeout = idleTimeout
        try set(CURLOPT_URL, address.url)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_NOPROGRESS, 0)
        try set(CURLOPT_BUFFERSIZE, 256 << 10)
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        // One file on one connection: HTTP/2 would only add its frames and windows.
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        // Each connection is checked anew, address and certificate: what was allowed or trusted may not be any more.
        try set(CURLOPT_FRESH_CONNECT, 1)
        try set(CURLOPT_FORBID_REUSE, 1)
        try set(CURLOPT_SSL_SESSIONID_CACHE, 0)
        try set(CURLOPT_CA_CACHE_TIMEOUT, 0)
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        let context = Unmanaged.passUnretained(self).toOpaque()
        for option in [CURLOPT_HEADERDATA, CURLOPT_WRITEDATA, CURLOPT_OPENSOCKETDATA, CURLOPT_XFERINFODATA] {
            try check(hostler_curl_setopt_pointer(handle, option, context))
        }
        try check(hostler_curl_setopt_callback(handle, CURLOPT_HEADERFUNCTION, Self.receiveHeader))
        try check(hostler_curl_setopt_callback(handle, CURLOPT_WRITEFUNCTION, Self.receiveBody))
        try check(hostler_curl_setopt_open_socket(handle, Self.openSocket))
        try check(hostler_curl_setopt_progress(handle, Self.progress))
    }

    deinit { curl_easy_cleanup(handle) }

    func set(_ option: CURLoption, _ value: Int) throws(DownloadError) {
        try check(hostler_curl_setopt_long(handle, option, value))
    }

    func set(_ option: CURLoption, _ value: String) throws(DownloadError) {
        try check(hostler_curl_setopt_string(handle, option, value))
    }

    /// The bytes are copied.
    func set(_ option: CURLoption, _ bytes: [UInt8]) throws(DownloadError) {
        try check(bytes.withUnsafeBytes { hostler_curl_setopt_blob(handle, option, $0.baseAddress, $0.count) })
    }

    func setHeaders(_ lines: [String]) throws(DownloadError) {
        let list = try CurlList(lines)
        try check(hostler_curl_setopt_pointer(handle, CURLOPT_HTTPHEADER, list.head))
        self.list = list
    }

    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    /// Keeps it from being begun; may be called on any thread.
    func cancel() { cancelled.store(true, ordering: .releasing) }

    /// What libcurl's end of the transfer means.
    func outcome(_ code: CURLcode) -> Outcome {
        if let refusal { return .refused(refusal) }
        if hasEnough { return .enough }
        if isSilent { return .silent(isConnected: isConnected) }
        switch code {
        case CURLE_OK: return .complete
        case CURLE_OPERATION_TIMEDOUT: return .silent(isConnected: isConnected)
        case CURLE_COULDNT_CONNECT:
            if let refusedAddress { return .refused(refusedAddress) }
        default: break
        }
        var verify = 0
        var number = 0
        hostler_curl_getinfo_long(handle, CURLINFO_SSL_VERIFYRESULT, &verify)
        hostler_curl_getinfo_long(handle, CURLINFO_OS_ERRNO, &number)
        return .failed(CurlFailure(code: code, verifyResult: verify, systemError: Int32(truncatingIfNeeded: number)))
    }

    /// The certificates that the server showed, its own first, each as libcurl's `name:value` lines.
    var certificates: [[String]] { CurlTransfer.certificates(handle) }

    private var isConnected: Bool {
        var time: curl_off_t = 0
        return hostler_curl_getinfo_offset(handle, CURLINFO_PRETRANSFER_TIME_T, &time) == CURLE_OK && time > 0
    }

    private func check(_ code: CURLcode) throws(DownloadError) {
        if code == CURLE_OK { return }
        let reason = String(cString: curl_easy_strerror(code)).lowercased()
        throw DownloadError(
            .other,
            "libcurl does not do what downloads from '\(DisplayURL.printable(host))' need: \(reason); install a newer one"
        )
    }

    private static var now: Int { MonotonicClock.seconds }

    private func take(header line: UnsafeRawBufferPointer) -> Bool {
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            answer = Answer()
            isHeadComplete = false
            answer.status = text.split(separator: " ").dropFirst().first.flatMap { Int($0.prefix(3)) } ?? 0
            return true
        }
        // After the body there may be trailers, which say nothing that counts here.
        if isHeadComplete { return true }
        if let colon = text.firstIndex(of: ":") {
            let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let end = value.lastIndex { !$0.isWhitespace }.map { value.index(after: $0) } ?? value.startIndex
            answer.headers[text[..<colon].lowercased()] = String(value[..<end])
            return true
        }
        if line.count > 2 || (100..<200).contains(answer.status) { return true }
        isHeadComplete = true
        do throws(DownloadError) { try handlers.head(answer) } catch {
            refusal = error
            return false
        }
        return true
    }

    private func take(body bytes: UnsafeRawBufferPointer) -> Bool {
        do throws(DownloadError) {
            if try handlers.body(bytes) { return true }
            hasEnough = true
        } catch { refusal = error }
        return false
    }

    private func open(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        if let policy, let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) {
            // libcurl keeps more than a `sockaddr` there: as much as `addrlen` says.
            let bytes = UnsafeRawBufferPointer(
                start: UnsafeRawPointer(address) + offset,
                count: Int(address.pointee.addrlen)
            )
            guard let remote = Self.address(bytes, family: address.pointee.family) else {
                return hostler_curl_socket_bad()
            }
            if let kind = policy.refusal(remote) {
                refusedAddress = AddressPolicy.error(host: host, address: remote, kind: kind)
                return hostler_curl_socket_bad()
            }
        }
        let kind = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
        return socket(address.pointee.family, kind, address.pointee.protocol)
    }

    private static func address(_ bytes: UnsafeRawBufferPointer, family: Int32) -> IPAddress? {
        switch family {
        case AF_INET where bytes.count >= MemoryLayout<sockaddr_in>.size:
            return IPAddress(.v4, Array(bytes[4..<8]))
        case AF_INET6 where bytes.count >= MemoryLayout<sockaddr_in6>.size:
            return IPAddress(.v6, Array(bytes[8..<24]))
        default:
            return nil
        }
    }

    /// - Returns: whether to go on. libcurl asks at least once a second.
    private func notice(_ count: curl_off_t) -> Bool {
        let now = Self.now
        if count != lastCount || !isConnected {
            lastCount = count
            lastChange = now
        }
        // One second more, since times are whole seconds.
        isSilent = idleTimeout > 0 && now - lastChange > idleTimeout
        return !isSilent
    }

    private static func owner(_ context: UnsafeMutableRawPointer) -> HTTPExchange {
        Unmanaged<HTTPExchange>.fromOpaque(context).takeUnretainedValue()
    }

    private static let receiveHeader: hostler_curl_callback = { bytes, size, count, context in
        guard let context else { return 0 }
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return owner(context).take(header: line) ? size * count : 0
    }

    private static let receiveBody: hostler_curl_callback = { bytes, size, count, context in
        guard let context else { return 0 }
        let part = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return owner(context).take(body: part) ? size * count : 0
    }

    private static let openSocket: hostler_curl_open_socket = { context, _, address in
        guard let context, let address else { return hostler_curl_socket_bad() }
        return owner(context).open(address)
    }

    private static let progress: hostler_curl_progress = { context, _, now, _, _ in
        guard let context else { return 1 }
        return owner(context).notice(now) ? 0 : 1
    }
}
