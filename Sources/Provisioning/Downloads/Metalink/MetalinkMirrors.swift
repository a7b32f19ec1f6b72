internal import DomainXML

/// `<url>`: where a file is.
enum MetalinkMirrors {
    /// Of one file; the best are kept.
    static let maximumCount = 256
    static let schemes = ["https", "http", "nfs"]
    private static let maximumLength = 8192
    /// RFC 5854, 4.2.16: 1 is the best, 999999 the worst and what a URL without a priority has.
    private static let lowestPriority: Int64 = 999_999
    /// Metalink 3: 100 is the best.
    private static let highestPreference: Int64 = 100

    /// - Returns: the best first; those that are equally good in the order of the document, each once.
    static func read(_ file: XMLElement, _ reader: MetalinkReader, _ notes: inout [String]) -> [String] {
        var found: [(url: String, rank: Int64)] = []
        var seen: Set<String> = []
        for meta in reader.children(file, "metaurl") {
            let type = DisplayURL.printable(meta.attribute("mediatype") ?? "")
            notes.append("a metaurl of type '\(type)' is not read")
        }
        let parents = reader.version == .v4 ? [file] : reader.children(file, "resources")
        for parent in parents {
            for element in reader.children(parent, "url") {
                let url = reader.text(element)
                if let complaint = complaint(url, type: element.attribute("type")) {
                    notes.append("\(DisplayURL(url).text) \(complaint)")
                } else if seen.insert(url).inserted {
                    found.append((url, rank(element, reader, &notes)))
                }
            }
        }
        let sorted = found.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
        if sorted.count > maximumCount {
            notes.append("\(sorted.count - maximumCount) of \(sorted.count) URLs are left out")
        }
        return sorted.prefix(maximumCount).map(\.element.url)
    }

    /// Lower is better.
    private static func rank(_ element: XMLElement, _ reader: MetalinkReader, _ notes: inout [String]) -> Int64 {
        let (name, range): (String, ClosedRange<Int64>) =
            reader.version == .v4 ? ("priority", 1...lowestPriority) : ("preference", 0...highestPreference)
        guard let text = element.attribute(name) else {
            return reader.version == .v4 ? lowestPriority : highestPreference
        }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(text), range.contains(number)
        else {
            notes.append(
                "the \(name) '\(DisplayURL.printable(text))' is not from \(range.lowerBound) to \(range.upperBound)"
            )
            return reader.version == .v4 ? lowestPriority : highestPreference
        }
        return reader.version == .v4 ? number : highestPreference - number
    }

    /// Why a URL is left out; `nil` where it is one to read from.
    private static func complaint(_ url: String, type: String?) -> String? {
        if url.utf8.count > maximumLength { return "is longer than \(maximumLength) bytes" }
        if url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) { return "has blanks or control characters in it" }
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else {
            return "is not absolute, as RFC 5854 has it"
        }
        let path = url.prefix { $0 != "?" && $0 != "#" }.lowercased()
        if path.hasSuffix(".torrent") || type?.lowercased() == "bittorrent" { return "is a torrent" }
        let scheme = url[..<colon].lowercased()
        if !schemes.contains(scheme) {
            return "is of the scheme '\(DisplayURL.printable(scheme))'; read are \(schemes.joined(separator: ", "))"
        }
        if URLOrigin(url) == nil { return "has no host" }
        if Metalink.isNamed(url) { return "is a metalink again" }
        return nil
    }
}
