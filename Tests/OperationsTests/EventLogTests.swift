import Foundation
import StateStore
import Synchronization
import TestSupport
import Testing

@testable import Operations

@Suite("the event log")
struct EventLogTests {
    private func event(_ text: String, type: String = "VM.START", uuid: String = "a") -> GuestEvent {
        GuestEvent(time: 0, uuid: uuid, guest: uuid, type: type, source: .libvirt, text: text)
    }

    @Test("a page of the newest reads no more than the page, and so does what came later than an event")
    func pages() async throws {
        try await withEventStore { store async throws in
            let log = EventLog(store: store, keep: 3600)
            // What is never looked at does not have to be readable.
            try await store.transaction(success: (1...50).map { .put("event/\(EventLog.id($0))", [0]) })
            for number in 1...3 { try log.append(event("\(number)")) }
            let newest = try await log.events(limit: 2)
            #expect(newest.map(\.text) == ["2", "3"])
            let first = try #require(newest.first)
            #expect(try await log.events(after: first.id).map(\.text) == ["3"])
            #expect(try await log.count() == 53)
            #expect(try await log.count(after: first.id) == 1)
            await #expect(throws: OperationError.self) { try await log.events(limit: 4) }
            #expect(try await log.event(first.id)?.text == "2")
            #expect(try await log.event("\n") == nil)
        }
    }

    @Test("a scan goes over many, in both orders, and passes over an offset", arguments: [1, 499, 500, 501, 1234])
    func scan(count: Int) async throws {
        try await withEventStore { store async throws in
            let log = EventLog(store: store, keep: 3600)
            let texts = (0..<count).map { "\($0)" }
            for start in stride(from: 0, to: count, by: 100) {
                try log.write(texts[start...].prefix(100).map { event($0) })
            }
            for (order, all) in [(KeyOrder.ascending, texts), (.descending, texts.reversed())] {
                for (offset, limit) in [(0, nil), (0, 3), (3, 3), (498, 4), (501, nil), (count, 1), (.max, 5)]
                    as [(Int, Int?)]
                {
                    var found: [String] = []
                    try await log.scan(order: order, offset: offset, limit: limit) { event in
                        found.append(event.text)
                        return true
                    }
                    let rest = all.dropFirst(offset)
                    #expect(found == Array(limit.map { rest.prefix($0) } ?? rest), "\(order) \(offset) \(limit ?? -1)")
                }
            }
            #expect(try await log.events(uuid: "b").isEmpty)
        }
    }

    @Test("whoever follows while many write misses nothing")
    func followed() async throws {
        try await withEventStore { store async throws in
            let log = EventLog(store: store, keep: 3600)
            let (writers, each) = (8, 200)
            async let found = {
                var found: [String] = []
                var last: String?
                let deadline = ContinuousClock.now + .seconds(60)
                while found.count < writers * each && ContinuousClock.now < deadline {
                    for event in try await log.events(after: last) {
                        found.append(event.text)
                        last = event.id
                    }
                }
                return found
            }()
            let threads = DispatchGroup()
            for writer in 0..<writers {
                let thread = Thread {
                    for number in 0..<each { try? log.append(event("\(writer)-\(number)")) }
                    threads.leave()
                }
                threads.enter()
                thread.start()
            }
            #expect(Set(try await found).count == writers * each)
            // Whatever the follower has seen of it, ids are in the order of their transactions.
            let revisions = try await store.range(prefix: "event/").keyValues.map(\.modRevision)
            #expect(revisions == revisions.sorted())
        }
    }

    @Test("numbers go on after a restart with a clock that was set back")
    func restart() async throws {
        try await withEventStore { store async throws in
            try EventLog(store: store, keep: 3600, clock: { 2_000_000 }).append(event("1"))
            try EventLog(store: store, keep: 3600, clock: { 1_000_000 }).append(event("2"))
            #expect(try await EventLog(store: store, keep: 3600).events().map(\.text) == ["1", "2"])
        }
    }

    @Test("no more are kept than are allowed, the oldest go first")
    func capacity() async throws {
        try await withEventStore { store async throws in
            let log = EventLog(store: store, keep: 3600, capacity: 200)
            for number in 1...1000 {
                try log.append(event("\(number)"))
                if number % 50 == 0 { #expect(try await store.count(prefix: "event/") <= 200) }
            }
            let kept = try await log.events().compactMap { Int($0.text) }
            #expect(kept.count > 190 && kept.last == 1000)
            #expect(kept == Array((1001 - kept.count)...1000))
        }
    }

    @Test("a log that was too long before is cut too")
    func tooLong() async throws {
        try await withEventStore { store async throws in
            let old = EventLog(store: store, keep: 3600)
            for _ in 0..<25 { try old.write((0..<100).map { event("\($0)") }) }
            try EventLog(store: store, keep: 3600, capacity: 100).append(event("new"))
            let kept = try await old.events()
            #expect(kept.count == 99 && kept.last?.text == "new")
        }
    }

    @Test("a guest that restarts in a loop writes once a minute, also where it ends")
    func repeats() async throws {
        try await withEventStore { store async throws in
            let now = Mutex(1_000_000_000)
            let log = EventLog(store: store, keep: 3600, clock: { now.withLock { $0 } })
            for _ in 0..<1200 {
                try log.append(event("restarted", type: "VM.REBOOT"))
                now.withLock { $0 += 100 }
            }
            try log.writeRepeats()
            try log.append(event("restarted", type: "VM.REBOOT"))
            try log.append(event("restarted", type: "VM.REBOOT"))
            try log.writeRepeats(all: true)
            try log.writeRepeats(all: true)
            #expect(
                try await log.events().map(\.text) == [
                    "restarted", "restarted, 600 times in the last minute", "restarted, 600 times in the last minute",
                    "restarted, 2 times in the last minute",
                ]
            )
        }
    }

    @Test("a repetition of very many guests is told of in more than one transaction")
    func many() async throws {
        try await withEventStore { store async throws in
            let log = EventLog(store: store, keep: 3600)
            for _ in 0..<2 {
                for guest in 0..<300 { try log.append(event("restarted", type: "VM.REBOOT", uuid: "\(guest)")) }
            }
            try log.writeRepeats(all: true)
            #expect(try await log.count() == 600)
        }
    }

    @Test("events are written with the change that they are about, or not at all")
    func together() async throws {
        try await withEventStore { store async throws in
            let log = EventLog(store: store, keep: 3600)
            try log.write([event("1")], with: [.put("guest/a", [1])])
            #expect(throws: StateError.self) { try log.write([event("2")], with: [.put("", [1])]) }
            try log.write([], with: [.delete(.key("guest/a"))])
            #expect(try await store.get("guest/a") == nil)
            #expect(try await log.events().map(\.text) == ["1"])
        }
    }

    @Test("waiting ends with the next event, not with another change, and after its time")
    func wait() async throws {
        try await withEventStore { store async throws in
            let log = EventLog(store: store, keep: 3600)
            try log.append(event("1"))
            let last = try #require(try await log.events().last)
            async let end = {
                try await log.wait(after: last.id, for: .seconds(60))
                return ContinuousClock.now
            }()
            try await store.put("other", [1])
            try await Task.sleep(for: .milliseconds(300))
            let next = ContinuousClock.now
            try log.append(event("2"))
            let late = try await end
            #expect(late > next && late < next + .seconds(30))
            let newest = try #require(try await log.events().last)
            let start = ContinuousClock.now
            try await log.wait(after: newest.id, for: .milliseconds(200))
            #expect(ContinuousClock.now - start >= .milliseconds(200))
        }
    }
}

/// A new store, open for the time of `body`.
func withEventStore(_ body: (StateStore) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "hostler-test-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try StateStore(path: folder.appending(path: "state.db").path)
    try await body(store)
    try store.close()
}
