internal import Yams

/// A value of a YAML document that is to be written.
enum YAMLValue {
    case string(String)
    case bool(Bool)
    case list([YAMLValue])
    case mapping([(String, YAMLValue)])

    fileprivate var node: Node {
        switch self {
        // Quoted, since a plain one may be anything else to a reader of YAML 1.1: `0123`, `yes`, `1:30`, `2001-01-01`.
        case .string(let text): Node(text, Tag(.str), .doubleQuoted)
        case .bool(let isTrue): Node(isTrue ? "true" : "false", Tag(.bool), .plain)
        case .list(let values): Node(values.map(\.node), Tag(.seq), .block)
        case .mapping(let members):
            Node(
                members.map { (Node($0.0, Tag(.str), Self.isPlain($0.0) ? .plain : .doubleQuoted), $0.1.node) },
                Tag(.map),
                .block
            )
        }
    }

    /// A key that no reader takes for anything but a string.
    private static func isPlain(_ key: String) -> Bool {
        key.utf8.count > 3 && !["null", "true", "false"].contains(key.lowercased())
            && key.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "-") }
            && key.first != "-"
    }
}

enum YAMLText {
    /// The document, each string on one line.
    static func encode(_ value: YAMLValue) throws(ConfigDriveError) -> String {
        do { return try Yams.serialize(node: value.node, width: -1, allowUnicode: true) } catch {
            throw ConfigDriveError(.badInput, "the metadata cannot be written as YAML")
        }
    }
}
