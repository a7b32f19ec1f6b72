/// How a checksum may be written: `{ALG}hex`, `alg:hex`, or the digits alone, whose number says which function it is.
enum ChecksumSyntax {
    static let form = "{ALG}hex, alg:hex or hex: MD5 to SHA-512"

    /// Hexadecimal digits of each function's result.
    private static let lengths: [(name: String, digits: Int)] = [
        ("md5", 32), ("sha1", 40), ("sha224", 56), ("sha256", 64), ("sha384", 96), ("sha512", 128),
    ]

    /// Says what is wrong with `value`; `nil` where it is fine. Letters count in either case, and `sha-256` is `sha256`.
    static func complaint(_ value: String) -> String? {
        let shown = "'\(Property.printable(value, limit: 140))'"
        let bytes = Array(value.utf8)
        var digits = bytes[...]
        var expected: (name: String, digits: Int)?
        if let mark = mark(bytes) {
            let word = String(decoding: bytes[mark.name], as: UTF8.self)
            let name = String(decoding: word.lowercased().utf8.filter { $0 != UInt8(ascii: "-") }, as: UTF8.self)
            expected = lengths.first { $0.name == name }
            if expected == nil {
                let known = lengths.map(\.name).joined(separator: ", ")
                return "\(shown) names '\(Property.printable(word))'; known are \(known)"
            }
            digits = bytes[mark.digits...]
        }
        if let bad = digits.first(where: { !isHexadecimal($0) }) {
            let letter = Property.printable(String(decoding: [bad], as: UTF8.self))
            return "\(shown) has '\(letter)' where hexadecimal digits belong"
        }
        if let expected {
            return digits.count == expected.digits
                ? nil : "\(shown) has \(digits.count) digits; \(expected.name) has \(expected.digits)"
        }
        if lengths.contains(where: { $0.digits == digits.count }) { return nil }
        let known = lengths.map { "\($0.digits) (\($0.name))" }.joined(separator: ", ")
        return "\(shown) has \(digits.count) digits; there are \(known)"
    }

    /// Where the function's name stands, and where the digits begin.
    private static func mark(_ bytes: [UInt8]) -> (name: Range<Int>, digits: Int)? {
        if bytes.first == UInt8(ascii: "{"), let close = bytes.firstIndex(of: UInt8(ascii: "}")) {
            return (1..<close, close + 1)
        }
        return bytes.firstIndex(of: UInt8(ascii: ":")).map { (0..<$0, $0 + 1) }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}
