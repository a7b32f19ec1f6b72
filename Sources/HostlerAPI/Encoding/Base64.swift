internal import FoundationEssentials

/// Base64 (RFC 4648), as requests have it.
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// With `-` and `_` and no padding (RFC 4648 §5), which needs no encoding in a URL or a key.
    static func encodeURLSafe(_ bytes: [UInt8]) -> String {
        String(
            encode(bytes).compactMap { character -> Character? in
                switch character {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: character
                }
            }
        )
    }

    /// In either alphabet, with padding or without, in one line or many.
    ///
    /// - Returns: `nil` where `text` is not base64.
    static func decode(_ text: String) -> [UInt8]? {
        var standard = String(
            text.compactMap { character -> Character? in
                switch character {
                case "-": "+"
                case "_": "/"
                case "\n", "\r", "\r\n": nil
                default: character
                }
            }
        )
        while standard.hasSuffix("=") { standard.removeLast() }
        if standard.utf8.count % 4 == 1 { return nil }
        standard += String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        return Data(base64Encoded: standard).map { Array($0) }
    }
}
