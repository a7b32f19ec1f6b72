extension ConfigurationKey {
    /// What may stand there, for people.
    package var values: String {
        switch kind {
        case .boolean: "`true`, `false`"
        case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .duration(let range): "\(Self.time(range.lowerBound)) to \(Self.time(range.upperBound))"
        case .text: "text"
        case .path: "path"
        case .listen: "`HOST:PORT`"
        case .oneOf(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        }
    }

    /// A configuration file in which every key stands with its usual value, commented out.
    package static var example: String {
        var lines = [
            "# The configuration of hostlerd: remove the # before what you want to change, then",
            "# systemctl reload hostlerd. Keys that are not taken on reload need a restart, as it says then.",
        ]
        for key in all {
            lines += ["", "# \(key.description)", "# \(key.values.replacing("`", with: ""))"]
            lines.append("#\(key.name): \(key.value.isEmpty ? "\"\"" : key.value)")
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
