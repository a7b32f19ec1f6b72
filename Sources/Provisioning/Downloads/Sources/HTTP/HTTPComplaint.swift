internal import CLibcurl

/// Makes errors of downloads of what stops a request.
struct HTTPComplaint {
    let address: HTTPAddress
    let settings: DownloadSettings

    private var shown: DisplayURL { DisplayURL(address.url) }

    /// - Parameter chain: the certificates that the server showed, where that is what it is about.
    func error(_ failure: CurlFailure, chain: [[String]]) -> DownloadError {
        switch failure.code {
        case CURLE_COULDNT_RESOLVE_PROXY:
            return DownloadError(
                .unknownHost,
                "the host name of the proxy for \(shown.text) does not resolve; check the setting or the environment's "
                    + "https_proxy",
                isTemporary: true
            )
        case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE:
            return DownloadError(
                .noConnection,
                "\(shown.authority) ends the connection before it answers for \(shown.text); look into the server's log",
                isTemporary: true
            )
        default:
            break
        }
        let stores = [settings.caFile ?? URLProbe.trustStore, settings.trustFolder].compactMap { $0 }
        let complaint = ConnectionComplaint(
            url: address.url,
            shown: shown,
            caFile: settings.caFile,
            chain: chain,
            trusted: stores.joined(separator: " and "),
            untrustedAdvice: "upload that authority's certificate: hostler certificate upload NAME FILE"
        ).error(failure)
        let code = complaint.code == .badURL ? .badInput : DownloadError.Code(rawValue: complaint.code.rawValue)
        let passes: [DownloadError.Code] = [.noConnection, .unknownHost]
        return DownloadError(code, complaint.message, isTemporary: passes.contains(code))
    }

    func silence(isConnected: Bool) -> DownloadError {
        let what =
            isConnected
            ? "sends nothing for \(settings.idleTimeout) s" : "does not answer within \(settings.connectTimeout) s"
        return DownloadError(
            .timeout,
            "\(shown.authority) \(what) for \(shown.text); check the server, and firewalls on the way",
            isTemporary: true
        )
    }

    static func status(_ status: Int, retryAfter: Int?, _ shown: DisplayURL) -> DownloadError {
        let meaning =
            switch status {
            case 401: "wants a login (401); give the header that it wants, such as 'Authorization: Bearer …'"
            case 403: "forbids it (403); check the rights of the file, and whether a signed URL has run out"
            case 404, 410: "has no such file (\(status)); check the path"
            case 407: "is behind a proxy that wants a login (407); put user and password into the proxy's URL"
            case 408, 429: "gets too many requests or too slow ones (\(status)); try again later"
            case 300..<400: "redirects in a way that cannot be followed (\(status)); name the URL of the file itself"
            case 500..<600: "has a problem of its own (\(status)); look into its log or try again later"
            default: "answers with status \(status); name a URL that serves the file"
            }
        var error = DownloadError(
            .status,
            "the server of \(shown.text) \(meaning)",
            isTemporary: [408, 425, 429, 500, 502, 503, 504].contains(status)
        )
        error.retryAfter = retryAfter
        return error
    }
}
