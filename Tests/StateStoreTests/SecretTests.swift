import Foundation
import GRDB
import TestSupport
import Testing

@testable import StateStore

@Suite("values that are gone")
struct SecretTests {
    private static let secret = "correct horse battery staple"

    private func isFound(_ file: String) throws -> Bool {
        try contents(of: file).range(of: Data(Self.secret.utf8)) != nil
    }

    @Test("a value is in the file while it is there, and after its deletion nowhere, with the file still open")
    func deleted() throws {
        try withStore { store throws in
            try store.put("/password", bytes(Self.secret))
            #expect(try isFound(store.path))
            try store.delete("/password")
            #expect(try !isFound(store.path))
        }
    }

    @Test("a value that was replaced is nowhere", arguments: ["x", String(repeating: "y", count: 50_000)])
    func replaced(by new: String) throws {
        try withStore { store throws in
            try store.put("/password", bytes(Self.secret))
            try store.put("/password", bytes(new))
            #expect(try !isFound(store.path))
        }
    }

    @Test("a value that expired is nowhere")
    func expired() throws {
        try withFile { file throws in
            let clock = FakeClock()
            let store = try StateStore(path: file, clock: clock.clock, busyMilliseconds: 10_000)
            try store.put("/password", bytes(Self.secret), lease: store.grant(ttl: 1))
            clock.advance(seconds: 1)
            #expect(try store.get("/password") == nil)
            #expect(try !isFound(file))
        }
    }

    private func whileReading(_ store: StateStore, _ body: () throws -> Void) throws {
        try store.read { session in
            _ = try session.get("/password")
            try body()
        }
    }

    @Test("a reader that is in the way leaves it to the next change, or to a checkpoint")
    func readerInTheWay() throws {
        try withStore { store throws in
            try store.put("/password", bytes(Self.secret))
            try whileReading(StateStore(path: store.path)) { try store.delete("/password") }
            #expect(try isFound(store.path))
            try store.put("/other", [1])
            #expect(try !isFound(store.path))
        }
    }

    @Test("a watch empties the log after another process that could not")
    func watchEmpties() async throws {
        try await withStoreAwaiting { store in
            try await store.put("/password", bytes(Self.secret))
            var watch = try store.watch(prefix: "/", fromRevision: 1).makeAsyncIterator()
            _ = try await watch.next(isolation: nil)
            try whileReading(store) { _ = try Command.check(exerciser, "delete", store.path, "/password") }
            #expect(try isFound(store.path))
            _ = try await watch.next(isolation: nil)
            #expect(try !isFound(store.path))
        }
    }

    @Test("no copy of a short value stays when SQLite balances its pages", arguments: 1...4 as ClosedRange<UInt64>)
    func balanced(seed: UInt64) throws {
        try withStore { store throws in
            var random = SeededGenerator(seed: seed)
            var live: [String: String] = [:]
            var gone: Set<String> = []
            for number in 0..<1500 {
                let operations: [RequestOp] = (0..<4).compactMap { part in
                    let key = "/guests/\(part)-\(Int.random(in: 0..<80, using: &random))/password"
                    let old = live[key]
                    if let old { gone.insert(old) }
                    if old != nil, Bool.random(using: &random) {
                        live[key] = nil
                        return .delete(.key(key))
                    }
                    let new = "secret-\(number)-\(part)-of-\(seed)."
                    live[key] = new
                    let times = [1, 1, 2, 5, 60, 200].randomElement(using: &random) ?? 1
                    return .put(key, bytes(String(repeating: new, count: times)))
                }
                // Without the checkpoint that each request makes, so that the test is fast enough for many changes.
                try store.queue.writeWithoutTransaction { db in
                    try db.inTransaction(.immediate) {
                        let session = try Session(db, now: StateClock.system.now(), historyLimit: 10)
                        _ = try session.take(operations)
                        try session.finish()
                        return .commit
                    }
                }
            }
            try store.checkpoint()
            let all = String(decoding: try contents(of: store.path), as: UTF8.self)
            let found = Set(all.matches(of: /secret-[0-9]+-[0-9]-of-[0-9]+\./).map { String($0.0) })
            #expect(found.intersection(gone).isEmpty)
            #expect(found == Set(live.values))
        }
    }

}
