internal import Foundation

/// How long hooks wait, in a file beside the socket: they read no YAML.
enum HookPatience {
    /// - Throws: where it cannot be written; hooks then wait as for a daemon that is not told how long.
    static func tell(_ seconds: Int, beside socket: String) throws {
        try Data("\(seconds)\n".utf8).write(to: URL(filePath: path(socket)), options: .atomic)
    }

    // What a killed daemon leaves is as good: nobody reads it but where one listens.
    static func forget(beside socket: String) { try? FileManager.default.removeItem(atPath: path(socket)) }

    private static func path(_ socket: String) -> String {
        (socket as NSString).deletingLastPathComponent + "/hook.wait"
    }
}
