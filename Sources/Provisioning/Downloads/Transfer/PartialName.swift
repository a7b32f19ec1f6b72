/// How the files of a download on its way are called: `.hostler-<id>.part`, and a journal beside it.
enum PartialName {
    static let prefix = ".hostler-"
    static let fileSuffix = ".part"
    static let journalSuffix = ".json"
    /// Of a journal that is being written.
    static let newSuffix = "~"

    static func file(_ id: String) -> String { prefix + id + fileSuffix }

    /// 1 to 128 letters, digits, `-` and `_`.
    static func isID(_ id: some StringProtocol) -> Bool {
        (1...128).contains(id.utf8.count)
            && id.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D
                    || $0 == 0x5F
            }
    }

    /// The id of what one of our files belongs to; `nil` for any other file.
    static func id(_ name: String) -> String? {
        guard name.hasPrefix(prefix) else { return nil }
        let rest = name.dropFirst(prefix.count)
        for suffix in [fileSuffix + journalSuffix + newSuffix, fileSuffix + journalSuffix, fileSuffix]
        where rest.hasSuffix(suffix) {
            let id = rest.dropLast(suffix.count)
            return isID(id) ? String(id) : nil
        }
        return nil
    }
}
