public import Foundation

/// Where the fixtures are, and how golden files are compared.
public enum Fixtures {
    public static let directory = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")

    /// All regular files below `folder`, sorted, as paths relative to ``directory``.
    public static func files(below folder: String) -> [String] {
        let base = directory.appending(path: folder)
        let found = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        return
            found
            .filter { name in
                var isDirectory: ObjCBool = false
                let path = base.appending(path: name).path
                return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory.boolValue
            }
            .map { folder + "/" + $0 }
            .sorted()
    }

    public static func read(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: directory.appending(path: path)))
    }

    public static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: directory.appending(path: path).path)
    }

    /// Whether this run rewrites golden files (`make bless`); it fails all the same, so that nobody blesses unseen.
    public static let isBlessing = ProcessInfo.processInfo.environment["BLESS"] == "1"

    /// Compares `actual` with a golden file; `nil` stands for a file that is not to be.
    ///
    /// - Returns: what is wrong, as a message; `nil` where all is well.
    public static func compare(_ actual: [UInt8]?, _ path: String) throws -> String? {
        let expected = exists(path) ? try read(path) : nil
        if expected == actual { return nil }
        if isBlessing {
            let file = directory.appending(path: path)
            if let actual { try Data(actual).write(to: file) } else { try FileManager.default.removeItem(at: file) }
            return "blessed \(path): look at the change"
        }
        guard let actual else { return "\(path) should not be there: the case gives nothing for it" }
        guard let expected else { return "\(path) is missing; the case gives:\n\(text(actual))" }
        return "\(path) differs:\n\(difference(text(expected), text(actual)))"
    }

    public static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func difference(_ expected: String, _ actual: String) -> String {
        let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let new = actual.split(separator: "\n", omittingEmptySubsequences: false)
        return new.difference(from: old).map { change in
            switch change {
            case .remove(let offset, let line, _): "-\(offset + 1): \(line)"
            case .insert(let offset, let line, _): "+\(offset + 1): \(line)"
            }
        }.joined(separator: "\n")
    }
}
