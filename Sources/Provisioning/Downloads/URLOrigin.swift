/// Scheme, host and port of a URL (RFC 6454): who gets what is meant for its server alone.
public struct URLOrigin: Hashable, Sendable {
    /// In lower case.
    public let scheme: String
    /// In lower case, without brackets.
    public let host: String
    public let port: Int

    init(scheme: String, host: String, port: Int) {
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    /// - Returns: `nil` for a URL without a host, and for a scheme other than http, https and nfs that names no port.
    public init?(_ url: String) {
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else { return nil }
        scheme = url[..<colon].lowercased()
        let begin = url.index(colon, offsetBy: 3)
        let authority = url[begin...].prefix { !"/?#".contains($0) }
        let server = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        var name = server
        var rest = Substring()
        if server.first == "[" {
            guard let close = server.firstIndex(of: "]") else { return nil }
            name = server[server.index(after: server.startIndex)..<close]
            rest = server[server.index(after: close)...]
        } else if let mark = server.firstIndex(of: ":") {
            name = server[..<mark]
            rest = server[mark...]
        }
        if name.isEmpty || rest.first.map({ $0 != ":" }) == true { return nil }
        host = name.lowercased()
        let digits = rest.dropFirst()
        if digits.isEmpty {
            guard let usual = ["http": 80, "https": 443, "nfs": 2049][scheme] else { return nil }
            port = usual
        } else {
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(digits), number > 0 else {
                return nil
            }
            port = Int(number)
        }
    }
}
