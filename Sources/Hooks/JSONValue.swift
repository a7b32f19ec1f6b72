/// A JSON document (RFC 8259), enough to find annotations in one: the hook is without Foundation, whose decoder alone
/// would more than double its start-up.
enum JSONValue: Equatable {
    case null
    case bool(Bool)
    /// As it is written; nothing here computes with it.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    struct Malformed: Error, Equatable {
        let reason: String
        let offset: Int
    }

    init(_ bytes: [UInt8]) throws(Malformed) {
        var reader = JSONReader(bytes)
        self = try reader.document()
    }

    subscript(key: String) -> JSONValue? { members?[key] }

    var members: [String: JSONValue]? {
        if case .object(let members) = self { members } else { nil }
    }
}

private struct JSONReader {
    /// Deeper than any VMI, shallower than any stack.
    private static let maximumDepth = 200

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONValue.Malformed) -> JSONValue {
        let result = try value()
        skipSpace()
        if position != bytes.count { throw fault("something behind its end") }
        return result
    }

    private func fault(_ reason: String) -> JSONValue.Malformed { .init(reason: reason, offset: position) }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func value() throws(JSONValue.Malformed) -> JSONValue {
        skipSpace()
        guard position < bytes.count else { throw fault("it ends early") }
        depth += 1
        defer { depth -= 1 }
        if depth > Self.maximumDepth { throw fault("nesting deeper than \(Self.maximumDepth) levels") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return .object(try members())
        case UInt8(ascii: "["): return .array(try elements())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ text: String, _ value: JSONValue) throws(JSONValue.Malformed) -> JSONValue {
        guard bytes[position...].starts(with: text.utf8) else { throw fault("an unknown word") }
        position += text.utf8.count
        return value
    }

    private mutating func number() throws(JSONValue.Malformed) -> JSONValue {
        let isPart: (UInt8) -> Bool = { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
        let end = bytes[position...].firstIndex { !isPart($0) } ?? bytes.count
        let text = String(decoding: bytes[position..<end], as: UTF8.self)
        let digits = text.utf8.drop { $0 == UInt8(ascii: "-") }
        let hasLeadingZero =
            digits.first == UInt8(ascii: "0") && digits.dropFirst().first.map { (0x30...0x39).contains($0) } == true
        guard Double(text) != nil, let first = digits.first, (0x30...0x39).contains(first), !hasLeadingZero,
            !text.hasSuffix(".")
        else { throw fault("neither a value nor its end") }
        position = end
        return .number(text)
    }

    private mutating func members() throws(JSONValue.Malformed) -> [String: JSONValue] {
        var result: [String: JSONValue] = [:]
        position += 1
        if take(UInt8(ascii: "}")) { return result }
        repeat {
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw fault("a member has no name")
            }
            let name = try string()
            guard take(UInt8(ascii: ":")) else { throw fault("a member has no value") }
            result[name] = try value()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw fault("an object is not closed") }
        return result
    }

    private mutating func elements() throws(JSONValue.Malformed) -> [JSONValue] {
        var result: [JSONValue] = []
        position += 1
        if take(UInt8(ascii: "]")) { return result }
        repeat { result.append(try value()) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw fault("an array is not closed") }
        return result
    }

    private mutating func string() throws(JSONValue.Malformed) -> String {
        var text: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw fault("a string is not UTF-8") }
                return string
            case UInt8(ascii: "\\"):
                text.append(contentsOf: String(try escape()).utf8)
            case 0..<0x20:
                throw fault("a control character in a string")
            default:
                text.append(byte)
            }
        }
        throw fault("a string is not closed")
    }

    private mutating func escape() throws(JSONValue.Malformed) -> Unicode.Scalar {
        guard position < bytes.count else { throw fault("a string is not closed") }
        let letter = bytes[position]
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicode()
        default: throw fault("an unknown escape in a string")
        }
    }

    private mutating func unicode() throws(JSONValue.Malformed) -> Unicode.Scalar {
        let first = try fourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800..<0xDC00).contains(first), bytes[position...].starts(with: "\\u".utf8) else {
            throw fault("half of a surrogate pair")
        }
        position += 2
        let second = try fourDigits()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { throw fault("half of a surrogate pair") }
        return scalar
    }

    private mutating func fourDigits() throws(JSONValue.Malformed) -> UInt32 {
        guard position + 4 <= bytes.count,
            bytes[position..<position + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let code = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw fault("an escape without its four digits") }
        position += 4
        return code
    }
}
