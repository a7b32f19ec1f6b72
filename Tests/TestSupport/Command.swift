public import Foundation
import Glibc

/// One run of a program, with everything it said.
public struct Command: Sendable {
    public let status: Int32
    public let output: String
    public let errors: String

    public struct Failed: Error, CustomStringConvertible {
        public let description: String
        public init(_ description: String) { self.description = description }
    }

    /// Runs `arguments[0]`, found through PATH, and waits for that process alone.
    ///
    /// Foundation's `Process` would wait for whatever the program leaves behind as well, a web server for example, and
    /// pipes for whoever holds them open; so this spawns by itself and lets the program write into files.
    ///
    /// - Parameter environment: all that the program gets; that of the test where left out.
    @discardableResult
    public static func run(
        _ arguments: [String],
        input: [UInt8] = [],
        environment: [String: String]? = nil
    ) throws -> Command {
        try withFolder { folder in
            let files = ["input", "output", "errors"].map { folder.appending(path: $0) }
            try Data(input).write(to: files[0])
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_addopen(&actions, 0, files[0].path, O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, files[1].path, O_WRONLY | O_CREAT, 0o600)
            posix_spawn_file_actions_addopen(&actions, 2, files[2].path, O_WRONLY | O_CREAT, 0o600)
            // The threads that tests run on block signals, which a daemon started here would inherit and never end.
            var attributes = posix_spawnattr_t()
            posix_spawnattr_init(&attributes)
            defer { posix_spawnattr_destroy(&attributes) }
            var none = sigset_t()
            sigemptyset(&none)
            posix_spawnattr_setsigmask(&attributes, &none)
            posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
            var vector = arguments.map { strdup($0) } + [nil]
            defer { vector.forEach { free($0) } }
            var variables = environment.map { $0.map { strdup("\($0)=\($1)") } + [nil] } ?? []
            defer { variables.forEach { free($0) } }
            var process: pid_t = 0
            let failure =
                environment == nil
                ? posix_spawnp(&process, arguments[0], &actions, &attributes, &vector, environ)
                : posix_spawnp(&process, arguments[0], &actions, &attributes, &vector, &variables)
            guard failure == 0 else { throw Failed("\(arguments[0]): \(String(cString: strerror(failure)))") }
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0 && errno == EINTR {}
            let signal = status & 0x7F
            return Command(
                status: signal == 0 ? (status >> 8) & 0xFF : 128 + signal,
                output: String(decoding: try Data(contentsOf: files[1]), as: UTF8.self),
                errors: String(decoding: try Data(contentsOf: files[2]), as: UTF8.self)
            )
        }
    }

    /// Runs a program that has to succeed.
    ///
    /// - Returns: its output.
    @discardableResult
    public static func check(_ arguments: String..., input: String = "") throws -> String {
        let result = try run(arguments, input: Array(input.utf8))
        if result.status != 0 {
            throw Failed("\(arguments.joined(separator: " ")): exit \(result.status): \(result.errors)")
        }
        return result.output
    }
}

extension Command {
    /// Makes a script of the shell that can be run at once.
    ///
    /// By another process: one that a test elsewhere forks meanwhile would keep it open for writing, and busy.
    public static func makeProgram(_ path: String, _ script: String) throws {
        try check("sh", "-c", #"cat >"$1" && chmod 755 "$1""#, "sh", path, input: "#!/bin/sh\n\(script)\n")
    }
}

/// A folder that is gone after the test.
public func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "hostler-test-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// Asks again until it is so.
///
/// - Throws: with what it waited for, after `seconds`; that is a bound against waiting for ever, not a measure of speed.
public func wait(for what: String, seconds: Int = 120, _ condition: () throws -> Bool) throws {
    let end = Date(timeIntervalSinceNow: TimeInterval(seconds))
    while try !condition() {
        if Date() > end { throw Command.Failed("waited \(seconds) s for \(what)") }
        Thread.sleep(forTimeInterval: 0.1)
    }
}
