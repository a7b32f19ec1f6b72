internal import FoundationEssentials

/// One `[directory, filename, content]` of CloudStack's VM data, the way its management server sends it to an agent.
///
/// Coded as that array of three strings. The file becomes `cloudstack/<directory>/<filename>.txt`.
public struct VMDataItem: Sendable, Equatable, Codable {
    /// `userdata`, `metadata`, `password`, or a folder of one's own.
    public let directory: String
    /// Without the `.txt` that CloudStack adds.
    public let filename: String
    /// Text; base64 for the file `user_data`, the only one that CloudStack decodes (`ConfigDriveBuilder`).
    public let content: String

    public init(directory: String, filename: String, content: String) {
        self.directory = directory
        self.filename = filename
        self.content = content
    }

    public init(from decoder: any Decoder) throws {
        let parts = try decoder.singleValueContainer().decode([String?].self)
        guard parts.count == 3, let directory = parts[0], let filename = parts[1] else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not [directory, filename, content]")
            )
        }
        self.init(directory: directory, filename: filename, content: parts[2] ?? "")
    }

    public func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        try list.encode(directory)
        try list.encode(filename)
        try list.encode(content)
    }

    /// Reads CloudStack's list, `[["metadata","local-hostname","web1"],…]`. A `null` content is an empty one.
    ///
    /// - Throws: `badInput`, naming the first entry (counted from 1) that is not three strings.
    public static func list(_ json: [UInt8]) throws(ConfigDriveError) -> [VMDataItem] {
        let entries: [Loose]
        do { entries = try JSONDecoder().decode([Loose].self, from: Data(json)) } catch {
            throw ConfigDriveError(
                .badInput,
                "the VM data is not a JSON list of [\"directory\",\"filename\",\"content\"] entries"
            )
        }
        var items: [VMDataItem] = []
        for (index, entry) in entries.enumerated() {
            guard case .list(let parts) = entry else {
                throw complaint(index, "is not a list of three strings, a directory, a filename and a content")
            }
            guard parts.count == 3 else {
                throw complaint(index, "has \(parts.count) members instead of a directory, a filename and a content")
            }
            guard case .text(let directory) = parts[0], case .text(let filename) = parts[1] else {
                throw complaint(index, "has a directory or a filename that is not a string")
            }
            switch parts[2] {
            case .text(let content):
                items.append(VMDataItem(directory: directory, filename: filename, content: content))
            case .null: items.append(VMDataItem(directory: directory, filename: filename, content: ""))
            default:
                throw complaint(
                    index,
                    "('\(DisplayURL.printable("\(directory)/\(filename)"))') has a content that is not a string"
                )
            }
        }
        return items
    }

    private static func complaint(_ index: Int, _ text: String) -> ConfigDriveError {
        ConfigDriveError(.badInput, "entry \(index + 1) of the VM data \(text)")
    }

    /// Any JSON value, so far as an entry can be made of it.
    private enum Loose: Decodable {
        case text(String)
        case null
        case list([Loose])
        case other

        init(from decoder: any Decoder) throws {
            if let container = try? decoder.singleValueContainer() {
                if container.decodeNil() {
                    self = .null
                    return
                }
                if let text = try? container.decode(String.self) {
                    self = .text(text)
                    return
                }
                if let list = try? container.decode([Loose].self) {
                    self = .list(list)
                    return
                }
            }
            self = .other
        }
    }
}
