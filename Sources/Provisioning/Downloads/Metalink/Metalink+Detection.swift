extension Metalink {
    /// So many bytes of a body tell.
    static let detectionSize = 1024

    /// Whether what came is a metalink and not the image itself.
    ///
    /// - Parameters:
    ///   - url: that was asked for.
    ///   - contentType: as the server says.
    ///   - start: the first ``detectionSize`` bytes of the body, or all of it.
    static func isMetalink(url: String, contentType: String?, start: some Sequence<UInt8>) -> Bool {
        if isNamed(url) || isDocument(start) { return true }
        let type = contentType?.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
        return type == "application/metalink4+xml" || type == "application/metalink+xml"
    }

    /// Whether the path of a URL says so.
    static func isNamed(_ url: String) -> Bool {
        let path = url.prefix { $0 != "?" && $0 != "#" }.lowercased()
        return path.hasSuffix(".meta4") || path.hasSuffix(".metalink")
    }

    /// Whether bytes begin as a metalink does: its root element, behind no more than a declaration, comments and a
    /// DOCTYPE. The last is refused later, with an error that says so.
    static func isDocument(_ start: some Sequence<UInt8>) -> Bool {
        let bytes = Array(start.prefix(detectionSize))
        // A NUL is no XML, and an image has one soon.
        if bytes.contains(0) { return false }
        var rest = String(decoding: bytes, as: UTF8.self)[...]
        if rest.first == "\u{FEFF}" { rest.removeFirst() }
        while true {
            rest = rest.drop(while: \.isWhitespace)
            let end: String
            if rest.hasPrefix("<?") {
                end = "?>"
            } else if rest.hasPrefix("<!--") {
                end = "-->"
            } else if rest.hasPrefix("<!") {
                end = rest.prefix { $0 != ">" }.contains("[") ? "]>" : ">"
            } else {
                break
            }
            guard let found = rest.firstRange(of: end) else { return false }
            rest = rest[found.upperBound...]
        }
        guard rest.first == "<" else { return false }
        let tag = rest.dropFirst().prefix { $0 != ">" }
        let name = tag.prefix { !$0.isWhitespace }
        guard name.split(separator: ":", omittingEmptySubsequences: false).last == "metalink" else { return false }
        return [Version.v3, .v4].contains { tag.contains("\"\($0.namespace)\"") || tag.contains("'\($0.namespace)'") }
    }
}
