/// What messages must not show, whoever wrote them.
public enum Secrets {
    /// Replaces what stands between the question mark of a URL and its end, and takes out what is before the host.
    public static func removed(from text: String) -> String {
        var result = ""
        var rest = text[...]
        while let scheme = rest.firstRange(of: "://") {
            result += rest[..<scheme.upperBound]
            rest = rest[scheme.upperBound...]
            let end = rest.firstIndex { $0.isWhitespace || "\"'<>\\".contains($0) } ?? rest.endIndex
            var url = rest[..<end]
            let authority = url.prefix { !"/?#".contains($0) }
            if let at = authority.lastIndex(of: "@") { url = url[url.index(after: at)...] }
            if let mark = url.firstIndex(of: "?") { result += url[..<mark] + "?…" } else { result += url }
            rest = rest[end...]
        }
        return result + rest
    }
}

extension Substring {
    /// The standard library has this only with its regular expressions, which cost start-up time.
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        guard let first = text.first else { return nil }
        var from = startIndex
        while let start = self[from...].firstIndex(of: first) {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            from = index(after: start)
        }
        return nil
    }
}
