internal import Glibc

/// The authorities of a file and of our folder, in one.
///
/// OpenSSL does not look into its folder for an authority where its file has another one of the same name
/// (`X509_STORE_CTX_get_by_subject`), such as the predecessor of one that was made anew.
enum TrustedAuthorities {
    /// - Returns: PEM; `nil` where the folder has none of ours, or where something cannot be read, which libcurl itself says.
    static func bundle(_ settings: DownloadSettings) -> [UInt8]? {
        guard let folder = settings.trustFolder, let path = settings.caFile ?? URLProbe.trustStore,
            let names = try? TrustStore.names(folder)
        else { return nil }
        let own = names.filter { $0.hasSuffix(".pem") }.sorted().compactMap { name in
            TrustStore.isOwn("\(folder)/\(name)") ? TrustStore.read("\(folder)/\(name)") : nil
        }
        guard !own.isEmpty, let file = OpenFile(path, O_RDONLY), let size = file.status()?.st_size,
            let system = file.read(at: 0, count: Int(size))
        else { return nil }
        return own.reduce(into: system) { $0 += [UInt8(ascii: "\n")] + Array($1.utf8) }
    }
}
