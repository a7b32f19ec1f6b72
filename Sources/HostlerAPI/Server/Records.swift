internal import FoundationEssentials
internal import StateStore

/// Records as JSON, members in order, so that the same record gives the same bytes.
enum Records {
    static func encode(_ record: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(record))
    }

    /// - Throws: an error that names the key, never what is in it.
    static func decode<Record: Decodable>(_ type: Record.Type, _ entry: KeyValue) throws(APIError) -> Record {
        do { return try JSONDecoder().decode(type, from: Data(entry.value)) } catch {
            throw APIError(.internalError, "what is kept under '\(APIError.shown(entry.key))' cannot be read")
        }
    }
}
