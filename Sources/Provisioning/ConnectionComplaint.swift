internal import CLibcurl
internal import Glibc

/// Makes a sentence of what stopped a transfer before the server answered.
struct ConnectionComplaint {
    let url: String
    let shown: DisplayURL
    let caFile: String?
    /// The certificates that the server shows; `nil` where they are still to be looked at.
    var chain: [[String]]?
    /// What this host trusts, as messages say it; `nil` for `caFile`.
    var trusted: String?
    /// What to do where the authority is not known.
    var untrustedAdvice =
        "put that authority's certificate into /usr/local/share/ca-certificates as a .crt file "
        + "and run update-ca-certificates"

    func error(_ failure: CurlFailure) -> URLProbeError {
        switch failure.code {
        case CURLE_URL_MALFORMAT:
            return URLProbeError(.badURL, "\(shown.text) is not a URL that can be asked for")
        case CURLE_UNSUPPORTED_PROTOCOL:
            return unsupportedProtocol
        case CURLE_TOO_MANY_REDIRECTS:
            return URLProbeError(.redirect, "\(shown.text) redirects in circles; name the final URL")
        case CURLE_COULDNT_RESOLVE_HOST:
            return URLProbeError(
                .unknownHost,
                "the host name '\(shown.host)' of \(shown.text) does not resolve; check it, and the DNS of this host"
            )
        case CURLE_COULDNT_CONNECT:
            return URLProbeError(.noConnection, cannotConnect(failure.systemError))
        case CURLE_OPERATION_TIMEDOUT:
            return URLProbeError(
                .noConnection,
                "\(shown.authority) does not answer in time for \(shown.text) (\(URLProbe.connectSeconds) s to connect, "
                    + "\(URLProbe.totalSeconds) s in all); check the server, and firewalls on the way"
            )
        case CURLE_SSL_CACERT_BADFILE:
            return URLProbeError(
                .trustStore,
                "this host's trusted authorities (\(store)) cannot be read, so no certificate can be checked; "
                    + "install ca-certificates and run update-ca-certificates"
            )
        case CURLE_PEER_FAILED_VERIFICATION:
            return certificate(failure.verifyResult)
        case CURLE_SSL_CONNECT_ERROR:
            return URLProbeError(
                .tlsFailed,
                "\(shown.authority) does not speak TLS for \(shown.text); check the port, and that the server has a "
                    + "certificate there"
            )
        default:
            let reason = String(cString: curl_easy_strerror(failure.code))
            return URLProbeError(.other, "asking for \(shown.text) fails: \(reason)")
        }
    }

    private var store: String { trusted ?? caFile ?? URLProbe.trustStore ?? "libcurl's default" }

    private var unsupportedProtocol: URLProbeError {
        if !url.lowercased().hasPrefix("https://") {
            return URLProbeError(.badURL, "\(shown.text) is not an https URL")
        }
        return URLProbeError(
            .redirect,
            "the server of \(shown.text) redirects to a URL that is not https; name an https URL that serves the file"
        )
    }

    private func cannotConnect(_ systemError: Int32) -> String {
        switch systemError {
        case ECONNREFUSED:
            "\(shown.authority) refuses connections, so \(shown.text) cannot be read; start the web server or check the port"
        case EHOSTUNREACH, ENETUNREACH:
            "there is no route to \(shown.authority), so \(shown.text) cannot be read; check this host's network"
        case 0:
            "\(shown.authority) cannot be connected to, so \(shown.text) cannot be read; check the server"
        default:
            "\(shown.authority) cannot be connected to, so \(shown.text) cannot be read: "
                + String(cString: strerror(systemError)).lowercased()
        }
    }

    private func certificate(_ verifyResult: Int) -> URLProbeError {
        let chain = chain ?? shownChain()
        // OpenSSL's X509_V_ERR_…: 62 and 64 are a wrong name and address, 9 and 10 a time before and after. libcurl compares
        // the name itself, once the chain is found fine (0), and in some releases before it notes that (1).
        switch verifyResult {
        case 0, 1, 62, 64:
            let names = chain.first.flatMap { Self.field("X509v3 Subject Alternative Name", $0) }
            let owner = names ?? chain.first.flatMap { Self.field("Subject", $0) } ?? "another host"
            return URLProbeError(
                .wrongName,
                "the certificate for \(shown.text) is for \(owner) and not for \(shown.host); use a name that it is for, "
                    + "or give the server a certificate for this one"
            )
        case 9:
            return URLProbeError(
                .expired,
                "a certificate for \(shown.text) is not valid yet; check this host's clock, then the server's certificate"
            )
        case 10:
            let date = chain.first.flatMap { Self.field("Expire date", $0) }.map { " (valid until \($0))" } ?? ""
            return URLProbeError(
                .expired,
                "a certificate for \(shown.text) has expired\(date); renew it on the server, or check this host's clock"
            )
        default:
            return URLProbeError(
                .untrusted,
                "the certificate for \(shown.text) is signed by \(issuer(chain)), which this host does not trust "
                    + "(\(store)); \(untrustedAdvice)"
            )
        }
    }

    /// The one whom trusting would help: who signed the last certificate that the server showed.
    private func issuer(_ chain: [[String]]) -> String {
        guard let last = chain.last, let issuer = Self.field("Issuer", last) else { return "an authority" }
        if chain.count == 1 && Self.field("Subject", last) == issuer { return "itself (\(issuer))" }
        return "'\(issuer)'"
    }

    /// Looks at the server's certificates without trusting them; nothing is asked for, so the URL does not leave us.
    private func shownChain() -> [[String]] {
        do throws(CurlFailure) {
            let transfer = try CurlTransfer(url, verify: false, caFile: caFile)
            try transfer.set(CURLOPT_CERTINFO, 1)
            try transfer.set(CURLOPT_CONNECT_ONLY, 1)
            try transfer.perform()
            return transfer.certificates
        } catch {
            // The sentence then says less; the failure that counts is the first one.
            return []
        }
    }

    private static func field(_ name: String, _ certificate: [String]) -> String? {
        guard let line = certificate.first(where: { $0.hasPrefix(name + ":") }) else { return nil }
        return DisplayURL.printable(line.dropFirst(name.count + 1))
    }
}
