internal import CLibcurl

/// An `http` or `https` URL, its secrets apart.
struct HTTPAddress: Sendable {
    /// Without user, password and fragment.
    let url: String
    let origin: URLOrigin
    let user: String?
    let password: String?

    /// - Throws: `badInput` for what is no such URL.
    init(_ url: String) throws(DownloadError) {
        guard let parsed = CurlURL(url), let address = HTTPAddress(parsed) else {
            throw DownloadError(
                .badInput,
                "\(DisplayURL(url).text) is not an http or https URL that can be asked for; check its spelling"
            )
        }
        self = address
    }

    private init?(_ parsed: CurlURL) {
        user = parsed.part(CURLUPART_USER, CURLU_URLDECODE)
        password = parsed.part(CURLUPART_PASSWORD, CURLU_URLDECODE)
        parsed.remove(CURLUPART_USER)
        parsed.remove(CURLUPART_PASSWORD)
        parsed.remove(CURLUPART_FRAGMENT)
        guard let scheme = parsed.part(CURLUPART_SCHEME)?.lowercased(), scheme == "http" || scheme == "https",
            let written = parsed.part(CURLUPART_HOST)?.lowercased(), !written.isEmpty,
            let port = parsed.part(CURLUPART_PORT, CURLU_DEFAULT_PORT).flatMap({ Int($0) }),
            let url = parsed.part(CURLUPART_URL)
        else { return nil }
        let host = written.hasPrefix("[") ? String(written.dropFirst().prefix { $0 != "]" }) : written
        origin = URLOrigin(scheme: scheme, host: host, port: port)
        self.url = url
    }

    /// Where a redirect leads, without any user that the server would have us be.
    ///
    /// - Throws: `redirect` where it must not be followed.
    func following(_ location: String) throws(DownloadError) -> HTTPAddress {
        let shown = DisplayURL(url).text
        guard let parsed = CurlURL(url), parsed.set(location), let scheme = parsed.part(CURLUPART_SCHEME)?.lowercased()
        else {
            throw DownloadError(
                .redirect,
                "the server of \(shown) redirects to something that is not a URL; name the URL of the file itself"
            )
        }
        parsed.remove(CURLUPART_USER)
        parsed.remove(CURLUPART_PASSWORD)
        guard let next = HTTPAddress(parsed) else {
            throw DownloadError(
                .redirect,
                "the server of \(shown) redirects to '\(DisplayURL.printable(scheme))', where only http and https are "
                    + "followed; name the URL of the file itself"
            )
        }
        if origin.scheme == "https" && next.origin.scheme == "http" {
            throw DownloadError(
                .redirect,
                "the server of \(shown) redirects from https to \(DisplayURL(next.url).text), which nobody protects; "
                    + "name an https URL that serves the file"
            )
        }
        return next
    }
}
