import Foundation
import GRDB
import Glibc
import TestSupport
import Testing

@testable import StateStore

@Suite("several processes")
struct ProcessTests {
    @Test("counters of several processes and threads add up")
    func count() async throws {
        try await withFileAwaiting { file in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { _ = try Command.check(exerciser, "count", file, "25") }
                }
                for _ in 0..<2 {
                    group.addTask {
                        let store = try StateStore(path: file)
                        for _ in 0..<25 {
                            try await store.update("/counter") { old async in
                                Array(String((Int(text(old?.value) ?? "0") ?? 0) + 1).utf8)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let end = try #require(try await StateStore(path: file).get("/counter"))
            #expect(text(end.value) == "150")
            #expect(end.version == 150)
            #expect(end.modRevision == 151)
        }
    }

    @Test("many that make the file at the same time make one")
    func creation() async throws {
        for _ in 0..<5 {
            try await withFileAwaiting { file in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<6 {
                        group.addTask { _ = try Command.check(exerciser, "put", file, "/\(number)", "x") }
                    }
                    try await group.waitForAll()
                }
                #expect(try await StateStore(path: file).range(prefix: "").keyValues.count == 6)
            }
        }
    }

    @Test("a process that is killed leaves a whole state with all that it was promised")
    func killed() throws {
        try withFile { file throws in
            try StateStore(path: file).close()
            var promised = 0
            for round in 0..<12 {
                let log = file + ".log\(round)"
                let process = try start([exerciser, "churn", file], output: log)
                // Killed once it is at work, at another point each time.
                try wait(for: "the first change") {
                    FileManager.default.contents(atPath: log)?.isEmpty == false
                }
                usleep(UInt32(round * 7919 % 40_000))
                kill(process, SIGKILL)
                while waitpid(process, nil, 0) < 0 && errno == EINTR {}
                let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
                promised = max(promised, lines.compactMap { Int($0) }.max() ?? 0)
                try check(file, promised)
            }
        }
    }

    /// What `churn` keeps true with each of its changes.
    private func check(_ file: String, _ promised: Int) throws {
        let store = try StateStore(path: file)
        let first = try #require(try store.get("/pair/a"))
        let second = try #require(try store.get("/pair/b"))
        let number = try #require(Int(text(first.value) ?? ""))
        #expect(first.value == second.value)
        #expect(first.modRevision == second.modRevision)
        #expect(number >= promised)
        #expect(first.version == number)
        #expect(try store.revision() == number + 1)
        let wanderers = try store.range(prefix: "/wander/").keyValues
        #expect(wanderers.map(\.key) == ["/wander/\(number)"])
        #expect(wanderers.first?.value.count == String(number).count + number * 977 % 20_000)
        #expect(try store.read { try $0.rows("PRAGMA integrity_check", []).map { $0[0] as String } } == ["ok"])
    }

    private func start(_ arguments: [String], output: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, 0o600)
        var vector = arguments.map { strdup($0) } + [nil]
        defer { vector.forEach { free($0) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, arguments[0], &actions, nil, &vector, environ)
        if failure != 0 { throw Command.Failed("\(arguments[0]): \(String(cString: strerror(failure)))") }
        return process
    }
}
