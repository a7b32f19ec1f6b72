/// What somebody may have meant.
package enum Spelling {
    /// The candidate that differs the least from `name`, and by how many letters; the first of several, without regard to
    /// case.
    ///
    /// - Returns: `nil` where there are no candidates.
    package static func nearest(to name: String, in candidates: [String]) -> (name: String, distance: Int)? {
        // What is longer was not meant to be any of them, and comparing takes the time of both lengths.
        let wanted = Array(name.lowercased().utf8.prefix(100))
        return candidates.map { ($0, distance(wanted, Array($0.lowercased().utf8))) }.min { $0.1 < $1.1 }
    }

    /// How many letters have to be put in, taken out or replaced (Levenshtein).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, letter) in left.enumerated() {
            var corner = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let replaced = corner + (letter == other ? 0 : 1)
                corner = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
