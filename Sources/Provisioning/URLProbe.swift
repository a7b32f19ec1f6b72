internal import CLibcurl

/// What QEMU will find behind a URL.
public struct RemoteImage: Equatable, Sendable {
    public let size: Int64
}

/// Asks a server for an image the way QEMU's curl block driver will: `HEAD` for its size and for whether parts of it are
/// served, then the first byte.
public enum URLProbe {
    static let connectSeconds = 5
    static let totalSeconds = 15

    /// Checks that QEMU can read an image at `url`.
    ///
    /// - Parameters:
    ///   - verify: whether the server's certificate is checked, as `httpsisoboot_sslverify` says.
    ///   - caFile: PEM file of trusted authorities; `nil` for the host's own store, which is what QEMU uses.
    /// - Throws: ``URLProbeError`` with what is wrong and what to do about it.
    public static func probe(
        _ url: String,
        verify: Bool = true,
        caFile: String? = nil
    ) throws(URLProbeError) -> RemoteImage {
        let shown = DisplayURL(url)
        let transfer: CurlTransfer
        let size: Int64
        do throws(CurlFailure) {
            transfer = try CurlTransfer(url, verify: verify, caFile: caFile)
            try transfer.set(CURLOPT_NOBODY, 1)
            try transfer.perform()
        } catch {
            throw ConnectionComplaint(url: url, shown: shown, caFile: caFile).error(error)
        }
        try checkStatus(transfer.status, 200, shown)
        if !transfer.servesRanges {
            throw URLProbeError(
                .noRanges,
                "the server of \(shown.text) does not serve byte ranges (no 'Accept-Ranges: bytes'), which QEMU needs; "
                    + "serve the file from a static web server such as nginx"
            )
        }
        size = transfer.contentLength
        if size < 0 {
            throw URLProbeError(
                .noLength,
                "the server of \(shown.text) does not tell its size (no Content-Length), which QEMU needs; "
                    + "switch off compression and proxies that rewrite it"
            )
        }
        if size == 0 { throw URLProbeError(.noLength, "\(shown.text) is empty; put the image there again") }
        try readFirstByte(transfer, url, shown, caFile)
        return RemoteImage(size: size)
    }

    /// The file with the authorities that `probe` and QEMU trust, where libcurl has such a file built in.
    public static var trustStore: String? { CurlTransfer.defaultCAFile }

    private static func readFirstByte(
        _ transfer: CurlTransfer,
        _ url: String,
        _ shown: DisplayURL,
        _ caFile: String?
    ) throws(URLProbeError) {
        do throws(CurlFailure) {
            try transfer.set(CURLOPT_NOBODY, 0)
            try transfer.set(CURLOPT_HTTPGET, 1)
            try transfer.set(CURLOPT_RANGE, "0-0")
            try transfer.perform()
        } catch {
            throw ConnectionComplaint(url: url, shown: shown, caFile: caFile).error(error)
        }
        if transfer.status == 200 || (transfer.status == 206 && transfer.bodyBytes > 1) {
            throw URLProbeError(
                .noRanges,
                "the server of \(shown.text) says that it serves byte ranges but sends the whole file when asked for one "
                    + "byte; serve it from a static web server such as nginx"
            )
        }
        try checkStatus(transfer.status, 206, shown)
    }

    private static func checkStatus(_ status: Int, _ wanted: Int, _ shown: DisplayURL) throws(URLProbeError) {
        if status == wanted { return }
        let meaning =
            switch status {
            case 401: "wants a login (401), which QEMU cannot give; serve the file without one"
            case 403: "forbids it (403); QEMU asks with HEAD first, so a URL signed for GET alone does not do"
            case 404, 410: "has no such file (\(status)); check the path"
            case 405, 501: "does not answer HEAD requests (\(status)), which QEMU needs; allow them"
            case 429: "gets too many requests (429); try again later"
            case 300..<400: "redirects in a way that cannot be followed (\(status)); name the final URL"
            case 500..<600: "has a problem of its own (\(status)); look into its log or try again later"
            default: "answers with status \(status) where \(wanted) is needed"
            }
        throw URLProbeError(.status, "the server of \(shown.text) \(meaning)")
    }
}
