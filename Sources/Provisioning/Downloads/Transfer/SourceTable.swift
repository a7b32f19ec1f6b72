/// Which kind of source reads a URL: the one place that knows of all kinds.
struct SourceTable: Sendable {
    let settings: DownloadSettings
    let policy: AddressPolicy

    static let schemes = HTTPSource.schemes + NFSSource.schemes

    /// - Parameter headers: for the server of `url`.
    /// - Throws: `badInput` for a scheme that nothing reads.
    func source(_ url: String, headers: [HTTPHeader]) throws(DownloadError) -> any ByteSource {
        if HTTPSource.reads(url) {
            return HTTPSource(settings: settings, policy: policy, headers: headers)
        }
        if NFSSource.schemes.contains(url.prefix { $0 != ":" }.lowercased()) {
            let host = URLOrigin(url)?.host ?? ""
            return NFSSource(settings: settings) { [policy] numeric throws(DownloadError) in
                try policy.check(address: numeric, of: host)
            }
        }
        throw DownloadError(
            .badInput,
            "\(DisplayURL(url).text) cannot be downloaded; give a URL that begins with "
                + Self.schemes.map { $0 + "://" }.joined(separator: ", ")
        )
    }
}
