/// Keys that lie together in the order of their bytes.
struct KeySpan: Equatable, Sendable {
    /// The first bytes that belong to it.
    var start: [UInt8]
    /// The first bytes behind it; `nil` where nothing is behind it. No text, since what is behind a prefix may be none.
    var end: [UInt8]?

    init(start: [UInt8], end: [UInt8]?) {
        self.start = start
        self.end = end
    }

    /// The keys with this prefix that are not before `from` and are before `to`.
    init(prefix: String, from: String? = nil, to: String? = nil) {
        start = Array(prefix.utf8)
        end = KeyRange.end(ofPrefix: start)
        if let from = from.map({ Array($0.utf8) }), start.lexicographicallyPrecedes(from) { start = from }
        if let to = to.map({ Array($0.utf8) }), end.map({ to.lexicographicallyPrecedes($0) }) ?? true { end = to }
    }
}
