internal import Operations

/// A key of `/etc/hostler/hostler.yaml`: the one place that says what it is.
package struct ConfigurationKey: Sendable {
    /// What its value may be.
    package enum Kind: Sendable, Equatable {
        case boolean
        case integer(ClosedRange<Int>)
        /// Seconds, written as `30s`, `5m`, `1h`, `30d`.
        case duration(ClosedRange<Int>)
        case text
        /// An absolute path.
        case path
        /// `HOST:PORT`, or empty for none.
        case listen
        case oneOf([String])
    }

    /// With a dot between a section and what is in it.
    package let name: String
    package let kind: Kind
    package let value: String
    /// Whether a running daemon takes a new value: on reload, and by `updateConfiguration`.
    package let isDynamic: Bool
    package let description: String

    init(_ name: String, _ kind: Kind, _ value: String, dynamic isDynamic: Bool = false, _ description: String) {
        self.name = name
        self.kind = kind
        self.value = value
        self.isDynamic = isDynamic
        self.description = description
    }

    /// The variable that overrides it: `trust.system` is `HOSTLER_TRUST_SYSTEM`.
    package var variable: String { "HOSTLER_" + name.uppercased().replacing(".", with: "_") }

    package static func named(_ name: String) -> ConfigurationKey? { all.first { $0.name == name } }

    /// The known name that is most like `name`.
    package static func nearest(to name: String) -> String {
        Spelling.nearest(to: name, in: all.map(\.name))?.name ?? ""
    }

    /// `value` as it is kept; durations become seconds.
    ///
    /// - Returns: what is wrong with it otherwise: `'x' is no number from 1 to 9`.
    package func normalized(_ value: String) -> Result<String, Complaint> {
        func complaint(_ what: String) -> Result<String, Complaint> {
            .failure(Complaint(text: "'\(value)' is not \(what)"))
        }
        switch kind {
        case .boolean:
            switch value.lowercased() {
            case "true", "yes", "on": return .success("true")
            case "false", "no", "off": return .success("false")
            default: return complaint("true or false")
            }
        case .integer(let range):
            guard let number = Int(value), range.contains(number) else {
                return complaint("a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return .success(String(number))
        case .duration(let range):
            guard let seconds = Self.seconds(value), range.contains(seconds) else {
                return complaint("a time from \(Self.time(range.lowerBound)) to \(Self.time(range.upperBound))")
            }
            return .success(String(seconds))
        case .text:
            return value.unicodeScalars.contains { $0.properties.generalCategory == .control }
                ? complaint("text without control characters") : .success(value)
        case .path:
            return value.isEmpty && self.value.isEmpty || value.hasPrefix("/")
                ? .success(value) : complaint("an absolute path")
        case .listen:
            return value.isEmpty || ListenAddress(value) != nil ? .success(value) : complaint("of the form HOST:PORT")
        case .oneOf(let words):
            return words.contains(value) ? .success(value) : complaint("one of \(words.joined(separator: ", "))")
        }
    }

    package struct Complaint: Error, Equatable { package let text: String }

    private static let units: [(letter: Character, seconds: Int)] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]

    private static func seconds(_ text: String) -> Int? {
        guard let last = text.last, let unit = units.first(where: { $0.letter == last }),
            let number = Int(text.dropLast()), number >= 0
        else { return nil }
        let (seconds, isTooLarge) = number.multipliedReportingOverflow(by: unit.seconds)
        return isTooLarge ? nil : seconds
    }

    /// The longest unit that it is a whole number of.
    package static func time(_ seconds: Int) -> String {
        let unit = units.first { seconds >= $0.seconds && seconds % $0.seconds == 0 } ?? ("s", 1)
        return "\(seconds / unit.seconds)\(unit.letter)"
    }
}
