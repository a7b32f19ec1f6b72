/// Makes one sentence of what nbdkit and its curl plugin say.
struct NBDComplaint {
    let url: String

    private var shown: DisplayURL { DisplayURL(url) }

    /// - Parameters:
    ///   - log: all that nbdkit has said; its last error counts.
    ///   - seen: what it does instead of serving, where it has said nothing.
    func error(_ log: String, seen: String) -> DownloadError {
        let lines = log.split(whereSeparator: \.isNewline)
        guard let line = lines.last(where: { $0.contains("error:") }) ?? lines.last else {
            return DownloadError(
                .other,
                "nbdkit cannot serve \(shown.text): it \(seen), and does not say why; try it by hand",
                isTemporary: true
            )
        }
        let text = reason(line)
        if let found = known(text.lowercased()) { return found }
        return DownloadError(
            .other,
            "nbdkit cannot serve \(shown.text): \(DisplayURL.printable(text))",
            isTemporary: true
        )
    }

    /// What stands behind `nbdkit: curl[1]: error:`, without any URL.
    private func reason(_ line: Substring) -> String {
        let mark = "error: "
        var begin = line.startIndex
        for index in line.indices where line[index...].hasPrefix(mark) {
            begin = line.index(index, offsetBy: mark.count)
            break
        }
        // The plugin writes the URL in brackets, and an IPv6 address has some of its own.
        let text = String(line[begin...])
        guard let open = text.firstIndex(of: "["), let close = text.range(of: "]: ", after: open) else { return text }
        return String(text[close...])
    }

    private func known(_ text: String) -> DownloadError? {
        if text.contains("cannot open shared object")
            || text.contains("no such file or directory") && text.contains(".so")
        {
            return DownloadError(
                .missingProgram,
                "nbdkit lacks its curl plugin or its cache and retry filters; install them (Debian's package "
                    + "nbdkit has them)"
            )
        }
        if text.contains("does not support 'range'") {
            return DownloadError(
                .noRanges,
                "the server of \(shown.text) does not serve parts of a file ('Accept-Ranges: bytes'); serve it from a "
                    + "static web server such as nginx"
            )
        }
        if let code = text.components(after: "requested url returned error: ") { return status(code) }
        return connection(text) ?? certificate(text)
    }

    private func status(_ code: String) -> DownloadError {
        let number = Int(code.prefix { $0.isNumber }) ?? 0
        let advice =
            switch number {
            case 401, 403: "it must serve the file, and answer HEAD requests, without a login"
            case 404, 410: "check the path"
            case 405, 501: "allow HEAD requests"
            case 429, 500..<600: "try again later, or look into its log"
            default: "check the URL"
            }
        return DownloadError(
            .status,
            "the server of \(shown.text) answers with status \(number); \(advice)",
            isTemporary: number == 429 || number >= 500
        )
    }

    private func connection(_ text: String) -> DownloadError? {
        if text.contains("resolve host") {
            return DownloadError(
                .unknownHost,
                "the host name '\(shown.host)' of \(shown.text) does not resolve; check it, and the DNS of this host",
                isTemporary: true
            )
        }
        if text.contains("not supported or disabled") || text.contains("redirect") || text.contains("response headers")
        {
            return DownloadError(
                .redirect,
                "the server of \(shown.text) redirects in circles or away from https; name the final URL"
            )
        }
        if text.contains("timeout was reached") || text.contains("timed out") {
            return DownloadError(
                .timeout,
                "\(shown.authority) does not answer in time for \(shown.text); check the server, and firewalls "
                    + "on the way",
                isTemporary: true
            )
        }
        if text.contains("couldn't connect") || text.contains("failed to connect") {
            return DownloadError(
                .noConnection,
                "\(shown.authority) cannot be connected to, so \(shown.text) cannot be read; start the web "
                    + "server or check "
                    + "the port",
                isTemporary: true
            )
        }
        return nil
    }

    private func certificate(_ text: String) -> DownloadError? {
        if text.contains("does not match") || text.contains("no alternative certificate subject name") {
            return DownloadError(
                .wrongName,
                "the certificate for \(shown.text) is not for \(shown.host); use a name that it is for, or give "
                    + "the server a "
                    + "certificate for this one"
            )
        }
        if text.contains("ssl ca cert") {
            return DownloadError(
                .trustStore,
                "this host's trusted authorities cannot be read, so no certificate can be checked; install "
                    + "ca-certificates "
                    + "and run update-ca-certificates"
            )
        }
        if text.contains("expired") {
            return DownloadError(
                .expired,
                "a certificate for \(shown.text) has expired; renew it on the server, or check this host's clock"
            )
        }
        if text.contains("certificate verification failed") || text.contains("unable to get local issuer")
            || text.contains("self-signed") || text.contains("self signed")
            || text.contains("certificate verify failed")
        {
            return DownloadError(
                .untrusted,
                "the certificate for \(shown.text) is not valid here: its authority is not one that this host "
                    + "trusts, or it "
                    + "has expired; upload the authority's certificate (hostler certificate upload) or renew it"
            )
        }
        if text.contains("ssl") || text.contains("tls") || text.contains("handshake") {
            return DownloadError(
                .tlsFailed,
                "\(shown.authority) does not speak TLS for \(shown.text); check the port, and that the server has a "
                    + "certificate there"
            )
        }
        return nil
    }
}

extension String {
    /// Where the text behind the first `mark` after `index` begins.
    fileprivate func range(of mark: String, after index: Index) -> Index? {
        indices.first { $0 > index && self[$0...].hasPrefix(mark) }.map { self.index($0, offsetBy: mark.count) }
    }

    fileprivate func components(after mark: String) -> String? {
        indices.first { self[$0...].hasPrefix(mark) }.map { String(self[index($0, offsetBy: mark.count)...]) }
    }
}
