/// Looks at text that somebody gave.
enum InputText {
    /// Nothing but white space.
    static func isBlank(_ text: String) -> Bool { text.allSatisfy { $0.isWhitespace } }

    /// A control character other than those that `allowed` names.
    static func hasControl(_ text: String, except allowed: String.UnicodeScalarView) -> Bool {
        text.unicodeScalars.contains { ($0.value < 0x20 || $0.value == 0x7F) && !allowed.contains($0) }
    }

    /// Whether `name` can be a file's or a folder's name on each system that reads a drive: ISO 9660 with Joliet allows
    /// more, but Windows and the shell scripts that read these files do not.
    static func isFileName(_ name: String) -> Bool {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
            default: false
            }
        }
        return isPlain && (1...60).contains(name.utf8.count) && name.first != "." && name.last != "."
    }

    /// What ``isFileName(_:)`` allows, for an error.
    static let fileNameRule = "1 to 60 of a-z, A-Z, 0-9, '-', '_' and '.', without '.' at its ends"
}
