/// A URL in the parts that messages may show.
struct DisplayURL {
    /// In quotes, without user, query and fragment.
    let text: String
    /// `host` or `host:port`, as written.
    let authority: String
    /// Without port and brackets.
    let host: String

    init(_ url: String) {
        let scheme = url.firstIndex(of: ":") ?? url.startIndex
        let begin = url[scheme...].hasPrefix("://") ? url.index(scheme, offsetBy: 3) : url.startIndex
        let end = url[begin...].firstIndex { "/?#".contains($0) } ?? url.endIndex
        let written = url[begin..<end]
        let server = written.lastIndex(of: "@").map { written[written.index(after: $0)...] } ?? written
        let pathEnd = url[end...].firstIndex { "?#".contains($0) } ?? url.endIndex
        let hasQuery = pathEnd < url.endIndex && url[pathEnd] == "?"

        authority = Self.printable(server)
        if server.hasPrefix("["), let close = server.firstIndex(of: "]") {
            host = Self.printable(server[server.index(after: server.startIndex)..<close])
        } else {
            host = Self.printable(server.prefix { $0 != ":" })
        }
        text = "'" + Self.printable(url[..<begin] + server + url[end..<pathEnd]) + (hasQuery ? "?…'" : "'")
    }

    /// What a stranger's text looks like on one line: no control characters, not too long.
    static func printable(_ text: some StringProtocol, limit: Int = 120) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            if scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format {
                result += "?"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.count > limit ? result + "…" : result
    }
}
