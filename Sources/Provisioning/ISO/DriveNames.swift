/// Which labels and file names every reader of a drive gets back as they were given.
///
/// A drive is read through Rock Ridge (Linux, BSD) and through Joliet (Windows), so that only what both hold counts:
/// 64 characters of UCS-2, without `* / : ; ? \` and control characters (Joliet Specification, 1995).
enum DriveNames {
    /// Joliet's volume identifier: 32 bytes of UCS-2.
    static let longestLabel = 16
    static let longestName = 64
    /// In characters. Windows knows paths of 260 with its drive letter.
    static let longestPath = 240
    /// ECMA-119, 6.8.2.1: eight levels of folders, the root being the first.
    static let deepest = 8

    static func check(label: String) throws(ConfigDriveError) {
        let shown = "'\(DisplayURL.printable(label))'"
        if label.isEmpty {
            throw ConfigDriveError(.badInput, "a drive needs a label, such as config-2 or cidata")
        }
        if let strange = label.unicodeScalars.first(where: { !isPlain($0) }) {
            throw ConfigDriveError(
                .badInput,
                "label \(shown) contains '\(DisplayURL.printable(String(strange)))'; "
                    + "letters, digits and '_', '-', '.' are allowed"
            )
        }
        if label.utf8.count > longestLabel {
            throw ConfigDriveError(
                .badInput,
                "label \(shown) has \(label.utf8.count) characters; \(longestLabel) is the most that Windows reads"
            )
        }
    }

    static func check(_ tree: DriveTree) throws(ConfigDriveError) {
        if tree.files.isEmpty { throw ConfigDriveError(.badInput, "the drive has no files; give it at least one") }
        var entries: [String: Entry] = [:]
        var folder: Substring = ""
        for file in tree.files {
            let path = file.path
            if !isPlain(path: path) { try check(path: path, path.split(separator: "/")) }
            // Files mostly come folder by folder.
            let own = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[..<$0] } ?? ""
            if own != folder {
                for slash in own.utf8.indices where own.utf8[slash] == UInt8(ascii: "/") {
                    try Entry(path: own[..<slash], isFolder: true).enter(&entries)
                }
                if !own.isEmpty { try Entry(path: own, isFolder: true).enter(&entries) }
                folder = own
            }
            try Entry(path: path[...], isFolder: false).enter(&entries)
        }
    }

    /// A file or folder, known by its path in lower case: Windows does not tell names apart by case.
    private struct Entry {
        let path: Substring
        let isFolder: Bool

        func enter(_ entries: inout [String: Entry]) throws(ConfigDriveError) {
            let isLower = path.utf8.allSatisfy { $0 < 0x80 && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
            let key = isLower ? String(path) : path.lowercased()
            guard let other = entries.updateValue(self, forKey: key) else { return }
            var shown: String { "'\(DisplayURL.printable(path))'" }
            if other.path != path {
                throw ConfigDriveError(
                    .badInput,
                    "'\(DisplayURL.printable(other.path))' and \(shown) differ only in case, "
                        + "which Windows does not tell apart; rename one of them"
                )
            }
            if !(isFolder && other.isFolder) {
                throw ConfigDriveError(.badInput, "\(shown) is a file and a folder at once; rename one of them")
            }
        }
    }

    /// What nearly all paths are: nothing that ``check(path:_:)`` would have to look at more closely.
    private static func isPlain(path: String) -> Bool {
        var depth = 1
        var length = 0
        var last = UInt8(ascii: "/")
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "/"):
                if last == UInt8(ascii: ".") { return false }
                depth += 1
                length = 0
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                length += 1
                if length > longestName { return false }
            default: return false
            }
            last = byte
        }
        return depth <= deepest && path.utf8.count <= longestPath && last != UInt8(ascii: ".")
    }

    private static func check(path: String, _ components: [Substring]) throws(ConfigDriveError) {
        var shown: String { "'\(DisplayURL.printable(path))'" }
        if components.count > deepest {
            throw ConfigDriveError(
                .badInput,
                "\(shown) is \(components.count) levels deep; \(deepest) is the most that ISO 9660 holds"
            )
        }
        if path.utf16.count > longestPath {
            throw ConfigDriveError(
                .badInput,
                "\(shown) has \(path.utf16.count) characters; \(longestPath) is the most that a path may have"
            )
        }
        for name in components {
            if let complaint = complaint(name) { throw ConfigDriveError(.badInput, "\(shown) \(complaint)") }
        }
    }

    private static func complaint(_ name: Substring) -> String? {
        for scalar in name.unicodeScalars where !isPlain(scalar) {
            if scalar.properties.generalCategory == .control {
                return "contains a control character, which a file name on a drive cannot have"
            }
            if "*/:;?\\".unicodeScalars.contains(scalar) {
                return "contains '\(scalar)'; a file name on a drive cannot have any of '*/:;?\\'"
            }
            if scalar.value > 0xFFFF {
                return "contains '\(scalar)', which is outside of UCS-2; use a simpler character"
            }
        }
        if name.hasSuffix(".") || name.hasSuffix(" ") {
            return "has a name that ends with a dot or a space, which Windows takes off"
        }
        if name.utf16.count > longestName {
            return
                "contains the name '\(DisplayURL.printable(name))' of \(name.utf16.count) characters; \(longestName) is the most"
        }
        return nil
    }

    /// What labels may hold, and most names do: for these no table of Unicode's is asked.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": true
        default: false
        }
    }
}
