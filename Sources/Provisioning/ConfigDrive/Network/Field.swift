internal import Yams

/// A value of the file with its place and its name. Reads what is asked for, or says what is there instead.
///
/// Scalars are taken as they are written, never by the types that YAML 1.1 sees in them: `52:54:00:12:34:56` is a number
/// to base 60 there, and `010` is eight.
struct Field {
    private let node: Node
    /// The keys that lead here.
    let path: [String]
    /// Where its key is, or where it begins if it has none. The mark of a mapping is that of its first member, and the mark
    /// of an alias that of what it stands for.
    let place: Place

    init(_ node: Node, path: [String], place: Place? = nil) {
        self.node = node
        self.path = path
        self.place = place ?? Place(node.mark?.line)
    }

    /// How messages call it.
    var name: String { path.isEmpty ? "the network file" : shown(path.joined(separator: ".")) }

    func error(_ message: String) -> ConfigDriveError { place.error(message) }

    /// Whether it is left empty, which stands for a key that is not there.
    var isNull: Bool {
        node.scalar.map { $0.style == .plain && ["", "~", "null", "Null", "NULL"].contains($0.string) } ?? false
    }

    /// The members of a mapping, in their order.
    func members() throws(ConfigDriveError) -> [(key: String, field: Field)] {
        guard let mapping = node.mapping else { throw error("\(name) has to be a mapping") }
        var seen: Set<String> = []
        var result: [(String, Field)] = []
        for (key, value) in mapping {
            let place = Place(key.mark?.line)
            guard let text = key.scalar?.string else { throw place.error("a key in \(name) is not a plain word") }
            if text == "<<" { throw place.error("merge keys ('<<') are not supported; write out what they stand for") }
            if !seen.insert(text).inserted { throw place.error("\(shown(text)) is there twice; keep one") }
            result.append((text, Field(value, path: path + [text], place: place)))
        }
        return result
    }

    /// The members of a mapping by their keys, without those that are left empty.
    ///
    /// - Parameters:
    ///   - known: the keys that mean something to us.
    ///   - harmless: those that can be left out without the guest's network being another.
    ///   - refused: what to say about keys that somebody may well try.
    func fields(
        _ known: [String],
        harmless: [String] = [],
        refused: [String: String] = [:]
    ) throws(ConfigDriveError) -> [String: Field] {
        var result: [String: Field] = [:]
        for (key, field) in try members() {
            if known.contains(key) {
                if !field.isNull { result[key] = field }
            } else if let reason = refused[key] {
                throw field.error("\(field.name) \(reason)")
            } else if !harmless.contains(key) {
                let list = (known.count == 1 ? "known is " : "known are ") + known.sorted().joined(separator: ", ")
                throw field.error("\(field.name) is not known here; \(list)")
            }
        }
        return result
    }

    func items() throws(ConfigDriveError) -> [Field] {
        guard let sequence = node.sequence else { throw error("\(name) has to be a list") }
        return sequence.enumerated().map { Field($1, path: path.dropLast() + ["\(path.last ?? "")[\($0)]"]) }
    }

    var isList: Bool { node.sequence != nil }

    /// Another text at the same place.
    func replaced(with text: String) -> Field {
        Field(.scalar(Node.Scalar(text, .implicit, .doubleQuoted, node.mark)), path: path, place: place)
    }

    func text() throws(ConfigDriveError) -> String {
        guard let scalar = node.scalar, !isNull else { throw error("\(name) has to be a single value") }
        return scalar.string
    }

    func bool() throws(ConfigDriveError) -> Bool {
        let text = try text()
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: throw error("\(name) is \(shown(text)), but has to be true or false")
        }
    }

    func integer(_ range: ClosedRange<Int>) throws(ConfigDriveError) -> Int {
        let text = try text()
        // Neither octal nor hexadecimal, which readers of YAML do not agree on.
        let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) } && (text == "0" || !text.hasPrefix("0"))
        guard isPlain, let number = Int(text), range.contains(number) else {
            throw error(
                "\(name) is \(shown(text)), but has to be a number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    func word(_ known: [String]) throws(ConfigDriveError) -> String {
        let text = try text()
        if !known.contains(text) { throw error("\(name) is \(shown(text)), but has to be \(known.alternatives)") }
        return text
    }
}

extension Field {
    /// What has to be in this mapping.
    func required(_ key: String, in fields: [String: Field]) throws(ConfigDriveError) -> Field {
        guard let field = fields[key] else { throw error("\(name) lacks '\(key)'") }
        return field
    }
}
