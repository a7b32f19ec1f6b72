/// How unfinished images are called: `.hostler-<id>.<16 hexadecimal digits>.image`.
enum ImageFileName {
    private static let digits = 16
    private static let prefix = ".hostler-"
    private static let suffix = ".image"

    /// Random, so that no name is ever used for a second file.
    static func make(_ id: String) -> String {
        let number = String(UInt64.random(in: .min ... .max), radix: 16)
        return prefix + id + "." + String(repeating: "0", count: digits - number.count) + number + suffix
    }

    static func isID(_ text: some StringProtocol) -> Bool {
        let isAllowed = { (byte: UInt8) in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
            default: false
            }
        }
        return (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(isAllowed)
    }

    static func isOne(_ name: String) -> Bool {
        guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return false }
        let rest = name.utf8.dropFirst(prefix.utf8.count).dropLast(suffix.utf8.count)
        let number = rest.suffix(digits)
        let isNumber = number.count == digits && number.allSatisfy { Array("0123456789abcdef".utf8).contains($0) }
        guard isNumber, let stem = String(rest.dropLast(digits)), stem.hasSuffix(".") else { return false }
        return isID(stem.dropLast())
    }
}
