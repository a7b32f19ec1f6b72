internal import CLibcurl

/// Owns a libcurl handle and what its callbacks write to.
///
/// It asks as QEMU's curl block driver asks when libvirt starts it: no proxy, since libvirt clears QEMU's environment;
/// libcurl's default trust store; redirects followed.
final class CurlTransfer {
    private let handle: UnsafeMutableRawPointer
    private(set) var servesRanges = false
    private(set) var bodyBytes = 0
    /// libcurl calls back into us for as long as it has the pointer, so nothing larger than this is ever read.
    private let maximumBody = 1

    /// - Throws: libcurl's code where it does not take the URL or an option.
    init(_ url: String, verify: Bool, caFile: String?) throws(CurlFailure) {
        guard let handle = curl_easy_init() else { throw CurlFailure(code: CURLE_FAILED_INIT) }
        self.handle = handle
        try set(CURLOPT_URL, Self.percentEncoded(url))
        try set(CURLOPT_PROTOCOLS_STR, "https")
        try set(CURLOPT_REDIR_PROTOCOLS_STR, "https")
        try set(CURLOPT_PROXY, "")
        try set(CURLOPT_FOLLOWLOCATION, 1)
        try set(CURLOPT_MAXREDIRS, 10)
        try set(CURLOPT_CONNECTTIMEOUT, URLProbe.connectSeconds)
        try set(CURLOPT_TIMEOUT, URLProbe.totalSeconds)
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_SSL_VERIFYPEER, verify ? 1 : 0)
        try set(CURLOPT_SSL_VERIFYHOST, verify ? 2 : 0)
        if let caFile { try set(CURLOPT_CAINFO, caFile) }
        let context = Unmanaged.passUnretained(self).toOpaque()
        try check(hostler_curl_setopt_pointer(handle, CURLOPT_HEADERDATA, context))
        try check(hostler_curl_setopt_callback(handle, CURLOPT_HEADERFUNCTION, Self.receiveHeader))
        try check(hostler_curl_setopt_pointer(handle, CURLOPT_WRITEDATA, context))
        try check(hostler_curl_setopt_callback(handle, CURLOPT_WRITEFUNCTION, Self.receiveBody))
    }

    deinit { curl_easy_cleanup(handle) }

    func set(_ option: CURLoption, _ value: Int) throws(CurlFailure) {
        try check(hostler_curl_setopt_long(handle, option, value))
    }

    func set(_ option: CURLoption, _ value: String) throws(CurlFailure) {
        try check(hostler_curl_setopt_string(handle, option, value))
    }

    /// - Throws: what stopped it before there was an answer, or while the answer came in.
    func perform() throws(CurlFailure) {
        servesRanges = false
        bodyBytes = 0
        let code = curl_easy_perform(handle)
        // Stopping a body that is too long is our own doing; the caller sees it in `bodyBytes`.
        if code == CURLE_WRITE_ERROR && bodyBytes > maximumBody { return }
        if code != CURLE_OK {
            throw CurlFailure(
                code: code,
                verifyResult: info(CURLINFO_SSL_VERIFYRESULT),
                systemError: Int32(info(CURLINFO_OS_ERRNO))
            )
        }
    }

    var status: Int { info(CURLINFO_RESPONSE_CODE) }

    /// Negative where the server does not say.
    var contentLength: Int64 {
        var length: curl_off_t = -1
        let code = hostler_curl_getinfo_offset(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length)
        return code == CURLE_OK ? Int64(length) : -1
    }

    /// The certificates that the server showed, its own first, each as libcurl's `name:value` lines.
    var certificates: [[String]] { Self.certificates(handle) }

    static func certificates(_ handle: UnsafeMutableRawPointer) -> [[String]] {
        var found: UnsafeMutablePointer<curl_certinfo>?
        guard hostler_curl_getinfo_certificates(handle, &found) == CURLE_OK, let info = found?.pointee else {
            return []
        }
        return (0..<Int(info.num_of_certs)).map { index in
            var lines: [String] = []
            var line = info.certinfo[index]
            while let entry = line {
                if let text = entry.pointee.data { lines.append(String(cString: text)) }
                line = entry.pointee.next
            }
            return lines
        }
    }

    /// The file with the authorities that libcurl trusts unless told otherwise.
    static var defaultCAFile: String? {
        hostler_curl_ca_file().map { String(cString: $0) }
    }

    private func info(_ info: CURLINFO) -> Int {
        var value = 0
        return hostler_curl_getinfo_long(handle, info, &value) == CURLE_OK ? value : 0
    }

    private func check(_ code: CURLcode) throws(CurlFailure) {
        if code != CURLE_OK { throw CurlFailure(code: code) }
    }

    private static let receiveHeader: hostler_curl_callback = { bytes, size, count, context in
        guard let bytes, let context else { return size * count }
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
        let text = String(decoding: line, as: UTF8.self).lowercased()
        // Each answer of a chain of redirects begins anew; what counts is the last.
        if text.hasPrefix("http/") { transfer.servesRanges = false }
        if text.hasPrefix("accept-ranges:") { transfer.servesRanges = text.contains("bytes") }
        return size * count
    }

    private static let receiveBody: hostler_curl_callback = { _, size, count, context in
        guard let context else { return 0 }
        let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
        transfer.bodyBytes += size * count
        return transfer.bodyBytes > transfer.maximumBody ? 0 : size * count
    }

    /// libvirt percent-encodes what is beyond ASCII, libcurl sends it as it stands.
    private static func percentEncoded(_ url: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return url.utf8.reduce(into: "") { result, byte in
            if byte < 0x80 {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }
}

/// libcurl's answer to a transfer that did not work.
struct CurlFailure: Error {
    let code: CURLcode
    /// OpenSSL's `X509_V_ERR_…`, 0 where the chain is fine.
    var verifyResult = 0
    var systemError: Int32 = 0
}
