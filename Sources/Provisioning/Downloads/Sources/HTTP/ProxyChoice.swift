internal import Glibc

/// Which proxy a request goes through.
///
/// libcurl would look into the environment itself, but not say what it found; and whether an address is checked depends
/// on whether it is the operator's proxy. So this looks, by the rules of curl(1).
enum ProxyChoice {
    /// - Parameter setting: as in ``DownloadSettings/proxy``.
    /// - Returns: empty for none.
    static func proxy(
        for origin: URLOrigin,
        setting: String?,
        environment: (String) -> String? = { name in getenv(name).map { String(cString: $0) } }
    ) -> String {
        if let setting { return setting }
        if let list = environment("no_proxy") ?? environment("NO_PROXY"), isExempt(origin.host, list) { return "" }
        // HTTP_PROXY in capitals is what a CGI program gets from the header `Proxy`; curl does not read it either.
        let names = origin.scheme == "https" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]
        for name in names + ["all_proxy", "ALL_PROXY"] {
            if let proxy = environment(name), !proxy.isEmpty { return proxy }
        }
        return ""
    }

    /// `*`, or a list of hosts and domains, with or without a dot in front, and of networks.
    private static func isExempt(_ host: String, _ list: String) -> Bool {
        if list == "*" { return true }
        return list.lowercased().split(whereSeparator: { $0 == "," || $0 == " " }).contains { entry in
            let name = entry.first == "." ? entry.dropFirst() : entry
            if host == name || host.hasSuffix("." + name) { return true }
            guard let address = AddressPolicy.address(host), entry.contains("/") else { return false }
            return AddressPolicy.parse(String(entry))?.contains(address) ?? false
        }
    }
}
