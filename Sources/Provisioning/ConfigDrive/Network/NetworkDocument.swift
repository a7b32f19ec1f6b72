internal import Yams

/// The file of a network, parsed but not understood. JSON is read as the YAML that it is.
enum NetworkDocument {
    /// How often an alias may be used, so that nothing grows beyond measure ("billion laughs").
    static let maximumAliases = 16

    /// - Returns: the mapping that the file is.
    static func root(_ bytes: [UInt8]) throws(ConfigDriveError) -> Field {
        let node: Node?
        do {
            node = try compose(yaml: try text(bytes))
        } catch {
            throw complaint(error)
        }
        guard let node, !isNull(node) else { throw ConfigDriveError(.badInput, "the network file says nothing") }
        let root = Field(node, path: [])
        _ = try root.members()
        return root
    }

    private static func text(_ bytes: [UInt8]) throws(ConfigDriveError) -> String {
        let limit = NetworkConfiguration.maximumSize
        if bytes.count > limit {
            throw ConfigDriveError(.badInput, "the network file has more than \(limit) bytes, so it is something else")
        }
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigDriveError(.badInput, "the network file is not UTF-8 text")
        }
        if text.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
            throw ConfigDriveError(.badInput, "the network file is empty")
        }
        if aliases(bytes) > maximumAliases {
            throw ConfigDriveError(
                .badInput,
                "the network file uses aliases ('*name') more than \(maximumAliases) times; write out what they stand for"
            )
        }
        return text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    }

    /// How many places look like an alias: at least those that are one. It is the use of aliases, not the depth of the
    /// file, that grows without bounds, and the parser multiplies them out where they are keys.
    private static func aliases(_ bytes: [UInt8]) -> Int {
        let before = Set(" \t\r\n[]{},:?-\"'".utf8)
        let after = Set(" \t\r\n[]{},".utf8)
        return zip(bytes.indices, bytes).count { index, byte in
            byte == UInt8(ascii: "*")
                && (index == 0 || before.contains(bytes[index - 1]) || bytes[index - 1] >= 0x80)
                && index + 1 < bytes.count && !after.contains(bytes[index + 1])
        }
    }

    private static func isNull(_ node: Node) -> Bool {
        node.scalar.map { $0.style == .plain && ["", "~", "null"].contains($0.string) } ?? false
    }

    private static func complaint(_ error: any Error) -> ConfigDriveError {
        switch error {
        case let error as ConfigDriveError: error
        case YamlError.composer(_, "but found another document", let mark, _):
            Place(mark.line).error("the network file has several documents ('---'); keep one")
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            Place(mark.line).error("this is neither YAML nor JSON: \(problem)")
        case YamlError.reader(let problem, let offset, _, let yaml):
            Place(offset.map { yaml.prefix($0).count { $0.isNewline } + 1 })
                .error("this is neither YAML nor JSON: \(problem)")
        case YamlError.duplicatedKeysInMapping(let keys, let context):
            Place(context.mark.line).error("\(shown(keys.first ?? "")) is there twice; keep one")
        default: ConfigDriveError(.badInput, "the network file cannot be read: \(DisplayURL.printable("\(error)"))")
        }
    }
}

/// A line of the file, where there is one to name.
struct Place: Equatable, Sendable {
    let line: Int?

    init(_ line: Int? = nil) { self.line = line }

    func error(_ message: String) -> ConfigDriveError {
        ConfigDriveError(.badInput, (line.map { "line \($0): " } ?? "") + message)
    }
}

/// A value of the file in quotes, fit for a message.
func shown(_ text: String) -> String { "'" + DisplayURL.printable(text) + "'" }

extension [String] {
    /// `a, b or c`.
    var alternatives: String {
        count < 2 ? joined() : dropLast().joined(separator: ", ") + " or " + suffix(1).joined()
    }
}
