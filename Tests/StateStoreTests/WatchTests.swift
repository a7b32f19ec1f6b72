import GRDB
import TestSupport
import Testing

@testable import StateStore

@Suite("watches")
struct WatchTests {
    private static func put(_ key: String, _ value: [UInt8], _ revision: Int64) -> WatchEvent {
        .put(KeyValue(key: key, value: value, createRevision: revision, modRevision: revision, version: 1))
    }

    @Test("a watch from a revision tells what happened since, ordered, of its prefix alone")
    func fromRevision() async throws {
        try await withStoreAwaiting { store in
            try await store.put("/a/1", [1])
            try await store.put("/b/1", [1])
            try await store.transaction(success: [.put("/a/3", [3]), .put("/a/2", [2]), .delete(.key("/a/1"))])
            var watch = try store.watch(prefix: "/a/", fromRevision: 1).makeAsyncIterator()
            let response = try await watch.next(isolation: nil)
            #expect(
                response
                    == WatchResponse(
                        events: [
                            .delete(key: "/a/1", modRevision: 4), Self.put("/a/2", [2], 4), Self.put("/a/3", [3], 4),
                        ],
                        revision: 4
                    )
            )
        }
    }

    @Test("every deletion is told, a put that was replaced is not")
    func replaced() async throws {
        try await withStoreAwaiting { store in
            try await store.put("/a", [1])
            try await store.put("/a", [2])
            try await store.delete("/a")
            try await store.put("/a", [3])
            var watch = try store.watch(prefix: "/", fromRevision: 2).makeAsyncIterator()
            let response = try await watch.next(isolation: nil)
            #expect(response?.events == [.delete(key: "/a", modRevision: 4), Self.put("/a", [3], 5)])
        }
    }

    @Test("without a revision it begins behind the present, when it is asked for")
    func fromNow() async throws {
        try await withStoreAwaiting { store in
            try await store.put("/a", [1])
            var watch = try store.watch(prefix: "/").makeAsyncIterator()
            try await store.put("/b", [2])
            #expect(try await watch.next(isolation: nil)?.events == [Self.put("/b", [2], 3)])
            try await store.put("/c", [3])
            #expect(try await watch.next(isolation: nil)?.events == [Self.put("/c", [3], 4)])
        }
    }

    @Test("a change of another process is seen")
    func otherProcess() async throws {
        try await withStoreAwaiting { store in
            async let seen = store.watch(prefix: "/").first { _ in true }
            // The watch may begin behind the first of them, so the other process goes on until it is seen.
            let writer = Task {
                while !Task.isCancelled { try Command.check(exerciser, "put", store.path, "/other", "x") }
            }
            let response = try await seen
            writer.cancel()
            try await writer.value
            #expect(response?.events.map(\.key) == ["/other"])
        }
    }

    @Test("an expiry is a deletion, noticed by the watch itself")
    func expiry() async throws {
        try await withFileAwaiting { file in
            let clock = FakeClock()
            let store = try StateStore(path: file, clock: clock.clock, busyMilliseconds: 10_000)
            let lease = try await store.grant(ttl: 10)
            try await store.transaction(success: [.put("/a", [1], lease: lease), .put("/b", [1], lease: lease)])
            var watch = try store.watch(prefix: "/").makeAsyncIterator()
            clock.advance(seconds: 10)
            let response = try await watch.next(isolation: nil)
            #expect(response?.events == [.delete(key: "/a", modRevision: 3), .delete(key: "/b", modRevision: 3)])
        }
    }

    @Test("it ends with the task that iterates it", .timeLimit(.minutes(5)))
    func cancelled() async throws {
        try await withStoreAwaiting { store in
            try await store.put("/a", [1])
            let (seen, sayIsSeen) = AsyncStream.makeStream(of: Void.self)
            let watcher = Task {
                var count = 0
                for try await _ in try store.watch(prefix: "/", fromRevision: 1, interval: .seconds(3600)) {
                    count += 1
                    sayIsSeen.yield()
                }
                return count
            }
            _ = await seen.first { true }
            watcher.cancel()
            let count = try await watcher.value
            #expect(count == 1)
        }
    }

    @Test("a history that was compacted cannot be watched, what is behind it can")
    func compacted() async throws {
        try await withStoreAwaiting { store in
            for _ in 0..<3 {
                try await store.put("/a", [1])
                try await store.delete("/a")
            }
            try await store.compact(before: 5)
            var early = try store.watch(prefix: "/", fromRevision: 4).makeAsyncIterator()
            await #expect(
                throws: StateError(
                    .compacted,
                    "the history from revision 4 on is no longer whole, it begins with 5; read the range and watch from there"
                )
            ) { try await early.next(isolation: nil) }
            var watch = try store.watch(prefix: "/", fromRevision: 5).makeAsyncIterator()
            let events = try await watch.next(isolation: nil)?.events
            #expect(events == [.delete(key: "/a", modRevision: 5), .delete(key: "/a", modRevision: 7)])
        }
    }

    @Test("compacting twice or less is nothing, beyond the next revision an error")
    func compactBounds() throws {
        try withStore { store throws in
            try store.put("/a", [1])
            try store.compact(before: 3)
            try store.compact(before: 3)
            try store.compact(before: 1)
            #expect(
                failure { try store.compact(before: 4) }
                    == StateError(
                        .futureRevision,
                        "the history cannot be compacted before revision 4; the store is at 2"
                    )
            )
            #expect(try store.get("/a")?.value == [1])
        }
    }

    @Test("the history is bounded, and forgets whole revisions")
    func bounded() throws {
        try withFile { file throws in
            let store = try StateStore(path: file, historyLimit: 5)
            for round in 0..<20 {
                try store.transaction(success: ["a", "b", "c"].map { .put("/\(round)/\($0)", [1]) })
                try store.delete(prefix: "/\(round)/")
            }
            // 5 of the last 6 deletions are kept, so that of the revision before the last one not all are.
            let (count, first) = try store.read { session in
                (try session.rows("SELECT count(*) FROM deletion", [])[0][0] as Int, try session.compactRevision())
            }
            #expect(count == 3)
            #expect(first == 40)
            #expect(try store.revision() == 41)
        }
    }

    @Test("the file does not grow with the number of changes")
    func fileSize() throws {
        try withFile { file throws in
            let store = try StateStore(path: file, historyLimit: 10)
            func fill(_ rounds: Range<Int>) throws {
                for round in rounds {
                    try store.put("/key/\(round)", [UInt8](repeating: 1, count: 5000))
                    try store.delete("/key/\(round)")
                }
                try store.checkpoint()
            }
            try fill(0..<50)
            let size = try contents(of: file).count
            try fill(50..<400)
            #expect(try contents(of: file).count <= size + 4 * Schema.pageSize)
        }
    }

    @Test("a bad revision, prefix or interval is refused")
    func badInput() throws {
        try withStore { store throws in
            #expect(
                failure { _ = try store.watch(prefix: "/", fromRevision: 0) }?.message
                    == "0 is not a revision; they begin with 1"
            )
            #expect(
                failure { _ = try store.watch(prefix: "\t") }?.message
                    == "the prefix '?' has control characters; leave them out"
            )
            #expect(
                failure { _ = try store.watch(prefix: "/", interval: .zero) }?.message
                    == "the interval of a watch is 0.0 seconds; it must be 1 ms or more"
            )
        }
    }
}
