/// What an absolute path may look like that a domain is to hold.
enum PathSyntax {
    /// Says what is wrong with the path of a file; `nil` where it is fine.
    ///
    /// - Parameter noun: what the file is, with its article.
    static func complaint(file path: String, noun: String) -> String? {
        guard path.hasPrefix("/") else { return "'\(Property.printable(path))' is not an absolute path" }
        if path.hasSuffix("/") && path.utf8.count <= 4095 {
            return "'\(Property.printable(path))' is a folder, not \(noun)"
        }
        return complaint(path)
    }

    /// Says what is wrong with any path; `nil` where it is fine.
    static func complaint(_ path: String) -> String? {
        if path.utf8.count > 4095 { return "'\(Property.printable(path))' is longer than a path can be (4095 bytes)" }
        if path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            return "'\(Property.printable(path))' has control characters in it"
        }
        if path.utf8.split(separator: UInt8(ascii: "/")).contains(where: { $0.elementsEqual("..".utf8) }) {
            return "'\(Property.printable(path))' has '..' in it"
        }
        return nil
    }

    /// What stands behind the last slash.
    static func name(_ path: String) -> Substring {
        path[(path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) } ?? path.startIndex)...]
    }
}
