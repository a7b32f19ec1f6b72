internal import FoundationEssentials

/// What the headers of an answer say (RFC 9110).
extension HTTPExchange.Answer {
    /// Strong ones only: a weak one is the same for bytes that differ.
    var entityTag: String? { headers["etag"].flatMap { $0.hasPrefix("\"") ? $0 : nil } }

    var validator: ContentValidator? {
        entityTag.map { .entityTag($0) } ?? headers["last-modified"].map { .modified($0) }
    }

    var length: Int64? { headers["content-length"].flatMap { Int64($0) }.flatMap { $0 < 0 ? nil : $0 } }

    /// `Content-Range: bytes 5-9/10`, `bytes 5-9/*` or `bytes */10`; the end is the first byte that does not belong to it.
    var range: (start: Int64?, end: Int64?, total: Int64?)? {
        guard let text = headers["content-range"], text.lowercased().hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst(6).split(separator: "/")
        if parts.count != 2 { return nil }
        let total = Int64(parts[1])
        if parts[0] == "*" { return (nil, nil, total) }
        let ends = parts[0].split(separator: "-").map { Int64($0) }
        guard ends.count == 2, let start = ends[0], let last = ends[1], start >= 0, last >= start, last < .max,
            total ?? .max > last
        else { return nil }
        return (start, last + 1, total)
    }

    /// Whether it may be of other content than `validator` is for, although it came as if it were not.
    func contradicts(_ validator: ContentValidator?) -> Bool {
        switch validator {
        case .entityTag(let tag): headers["etag"].map { $0 != tag } ?? false
        case .modified(let date): headers["last-modified"].map { $0 != date } ?? false
        case nil: false
        }
    }

    /// `Retry-After` in seconds from now.
    var retryAfter: Int? {
        guard let text = headers["retry-after"] else { return nil }
        if let seconds = Int(text) { return max(0, seconds) }
        guard let date = Self.date(text) else { return nil }
        return max(0, Int(min(date.timeIntervalSinceNow, 86_400)))
    }

    /// The one form of dates that servers may write: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
    private static func date(_ text: String) -> Date? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(whereSeparator: { $0 == " " || $0 == ":" })
        guard words.count == 8, let day = Int(words[1]), let month = months.firstIndex(of: String(words[2])),
            let year = Int(words[3]), let hour = Int(words[4]), let minute = Int(words[5]), let second = Int(words[6])
        else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        guard let zone = TimeZone(secondsFromGMT: 0) else { return nil }
        calendar.timeZone = zone
        return calendar.date(
            from: DateComponents(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
        )
    }

    /// The content-coding that the bytes are in beyond what the file itself is; `nil` for none.
    ///
    /// Some servers call a stored `.gz` file a coding of what is in it; its bytes are the stored ones all the same.
    func foreignCoding(path: String) -> String? {
        guard let coding = headers["content-encoding"]?.lowercased(), !coding.isEmpty, coding != "identity" else {
            return nil
        }
        let endings = [
            "gzip": [".gz", ".tgz"], "x-gzip": [".gz", ".tgz"], "x-bzip2": [".bz2"], "bzip2": [".bz2"],
            "xz": [".xz"], "x-xz": [".xz"], "zstd": [".zst"], "compress": [".z"],
        ]
        let stored = endings[coding] ?? []
        return stored.contains { path.lowercased().hasSuffix($0) } ? nil : coding
    }
}
