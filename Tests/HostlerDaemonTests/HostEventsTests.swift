import Foundation
import HostlerAPI
import Operations
import StateStore
import Testing

@Suite("listed events")
struct HostEventsTests {
    /// Events 1 to 6, a day apart.
    private func withEvents(_ body: (HostEvents, StateStore) async throws -> Void) async throws {
        try await withStateStore { store in
            for number in 1...6 {
                let log = EventLog(store: store, keep: 3600) { number * 86_400_000 }
                try log.append(
                    GuestEvent(
                        time: number * 86_400_000,
                        uuid: number % 2 == 0 ? "even" : "odd",
                        guest: number % 2 == 0 ? "e" : "o",
                        type: number == 3 ? "VM.PAUSE" : "VM.START",
                        source: .libvirt,
                        level: number == 3 ? .warn : .info,
                        text: "event \(number)"
                    )
                )
            }
            try await body(HostEvents(log: EventLog(store: store, keep: 3600)), store)
        }
    }

    private func numbers(_ events: [EventInfo]) -> [Int] { events.map { $0.created / 86_400_000 } }

    @Test("the newest come first, page by page, each with the number of all")
    func pages() async throws {
        try await withEvents { events, _ async throws in
            let pages =
                [(0, 2, [6, 5]), (2, 2, [4, 3]), (4, 5, [2, 1]), (6, 2, []), (.max, 2, [])] as [(Int, Int, [Int])]
            for (offset, limit, expected) in pages {
                let (page, total) = try await events.list(EventFilter(), offset: offset, limit: limit)
                #expect(numbers(page) == expected)
                #expect(total == 6)
            }
            #expect(numbers(try await events.list(EventFilter(), offset: 1, limit: nil).events) == [5, 4, 3, 2, 1])
        }
    }

    @Test("behind an event the oldest come first")
    func after() async throws {
        try await withEvents { events, _ async throws in
            let all = try await events.list(EventFilter(), offset: 0, limit: nil).events
            var filter = EventFilter()
            filter.after = all[3].sequence
            let (found, total) = try await events.list(filter, offset: 0, limit: 2)
            #expect(numbers(found) == [4, 5] && total == 3)
            filter.level = "INFO"
            filter.resourceID = "EVEN"
            let (even, count) = try await events.list(filter, offset: 1, limit: 5)
            #expect(numbers(even) == [6] && count == 2)
            filter = EventFilter()
            filter.after = .max
            #expect(try await events.list(filter, offset: 0, limit: nil).total == 0)
        }
    }

    @Test("each filter leaves out what it should, and counts the rest")
    func filters() async throws {
        try await withEvents { events, _ async throws in
            func check(_ expected: [Int], _ change: (inout EventFilter) -> Void) async throws {
                var filter = EventFilter()
                change(&filter)
                let (all, total) = try await events.list(filter, offset: 0, limit: nil)
                #expect(numbers(all) == expected && total == expected.count)
                let (second, same) = try await events.list(filter, offset: 1, limit: 1)
                #expect(numbers(second) == Array(expected.dropFirst().prefix(1)) && same == total)
            }
            try await check([5, 3, 1]) { $0.resourceID = "odd" }
            try await check([3]) { $0.level = "warn" }
            try await check([3]) { $0.type = "VM.PAUSE" }
            try await check([6, 5, 4]) { $0.from = 4 * 86_400_000 }
            try await check([2, 1]) { $0.to = 2 * 86_400_000 }
            try await check([4, 3, 2]) { ($0.from, $0.to) = (86_400_001, 4 * 86_400_000) }
            try await check([]) { $0.from = .max }
            try await check([2]) { $0.keyword = "EVENT 2" }
            try await check([6, 5, 4, 3, 2, 1]) { $0.resourceType = "VirtualMachine" }
        }
    }

    @Test("one is found by its id, unless another filter leaves it out")
    func id() async throws {
        try await withEvents { events, _ async throws in
            var filter = EventFilter()
            filter.id = try await events.list(EventFilter(), offset: 3, limit: 1).events.first?.id.uppercased()
            #expect(numbers(try await events.list(filter, offset: 0, limit: nil).events) == [3])
            #expect(try await events.list(filter, offset: 1, limit: nil).total == 1)
            filter.level = "INFO"
            #expect(try await events.list(filter, offset: 0, limit: nil).total == 0)
            filter.id = "no\nid"
            #expect(try await events.list(filter, offset: 0, limit: nil).total == 0)
        }
    }

    @Test("a page reads no event that is not on it")
    func unread() async throws {
        try await withEvents { events, store async throws in
            // What cannot be read does not have to be.
            try await store.put("event/\(EventLog.id(1))", [0])
            let (page, total) = try await events.list(EventFilter(), offset: 4, limit: 2)
            #expect(numbers(page) == [2, 1] && total == 7)
            await #expect(throws: OperationError.self) { try await events.list(EventFilter(), offset: 6, limit: 1) }
        }
    }
}

/// A new store, open for the time of `body`.
func withStateStore(_ body: (StateStore) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "hostler-test-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try StateStore(path: folder.appending(path: "state.db").path)
    try await body(store)
    try store.close()
}
