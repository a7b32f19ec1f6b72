internal import Foundation

/// How long hooks wait, in a file beside the socket: they read no YAML.
enum HookPatience {
    static func tell(_ seconds: Int, beside socket: String) {
        // Without it hooks wait for as long as the daemon does unless it is told otherwise.
        try? Data("\(seconds)\n".utf8).write(to: URL(filePath: path(socket)), options: .atomic)
    }

    static func forget(beside socket: String) { try? FileManager.default.removeItem(atPath: path(socket)) }

    private static func path(_ socket: String) -> String {
        (socket as NSString).deletingLastPathComponent + "/hook.wait"
    }
}
