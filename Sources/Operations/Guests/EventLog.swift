internal import FoundationEssentials
package import StateStore
internal import Synchronization

/// What has happened, in the order in which it was written. Keys `event/<time and number>`, kept for a configured time
/// by leases of the store: one for all events of an hour.
///
/// One log writes to a store; others may read it at the same time.
package final class EventLog: Sendable {
    static let prefix = "event/"
    /// How many are kept at most, 30 MB or so: the oldest go before their time.
    package static let defaultCapacity = 100_000
    /// How many are read at once.
    static let readAtOnce = 500
    /// Of a transaction: etcd allows 128 steps.
    private static let stepsAtOnce = 100
    /// How many are removed at once. The store remembers each for its watches.
    private static let removedAtOnce = 1000
    /// As often as the store's own watch looks.
    private static let interval = Duration.milliseconds(100)

    private let store: StateStore
    /// In seconds.
    private let keep: Int64
    private let capacity: Int
    private let clock: @Sendable () -> Int
    private let place = Mutex(Place())

    private struct Place {
        /// The number of the newest; `nil` until the store has been asked.
        var last: Int?
        /// How many there are, or fewer: those that have expired since it was counted are in it.
        var count = 0
        var hour = 0
        var lease: LeaseID?
        var repeats = EventRepeats()
    }

    /// - Parameters:
    ///   - keep: seconds, 60 or more.
    ///   - capacity: how many are kept at most, 1 or more.
    ///   - clock: milliseconds since 1970.
    package init(
        store: StateStore,
        keep: Int64,
        capacity: Int = defaultCapacity,
        clock: @escaping @Sendable () -> Int = Timestamp.now
    ) {
        self.store = store
        self.keep = max(keep, 60)
        self.capacity = max(capacity, 1)
        self.clock = clock
    }

    // MARK: Writing

    /// Writes `events` together with the change that they are about: all of it is there or nothing.
    ///
    /// Of events that a guest repeats, the first is written at once, the others once a minute, see ``writeRepeats(all:)``.
    ///
    /// - Parameter steps: of the change; with `events` no more than a transaction may have.
    package func write(_ events: [GuestEvent], with steps: [RequestOp] = []) throws {
        if events.isEmpty {
            if !steps.isEmpty { try store.transaction(success: steps) }
            return
        }
        // From the number to the end of the transaction: who has read an event has missed none with a lower number.
        try place.withLock { place in
            let now = clock()
            var repeats = place.repeats
            let (due, rest) = repeats.take(events, now: now)
            try commit(due, now, &place)
            place.repeats = repeats
            try commit(rest, with: steps, now, &place)
        }
    }

    package func append(_ event: GuestEvent) throws { try write([event]) }

    /// Writes how often repeated events have come in the minutes that are over.
    ///
    /// - Parameter all: also in those that are not, since nobody will ask again.
    package func writeRepeats(all: Bool = false) throws {
        try place.withLock { place in
            let now = clock()
            var repeats = place.repeats
            try commit(all ? repeats.all(now: now) : repeats.due(now: now), now, &place)
            place.repeats = repeats
        }
    }

    /// Writes events that belong to no change, as many as there are.
    private func commit(_ events: [GuestEvent], _ now: Int, _ place: inout Place) throws {
        for start in stride(from: 0, to: events.count, by: Self.stepsAtOnce) {
            try commit(Array(events[start...].prefix(Self.stepsAtOnce)), with: [], now, &place)
        }
    }

    private func commit(
        _ events: [GuestEvent],
        with steps: [RequestOp],
        _ now: Int,
        _ place: inout Place
    ) throws {
        var steps = steps
        if !events.isEmpty {
            try makeRoom(for: events.count, &place)
            if place.lease == nil || place.hour != now / 3_600_000 {
                place.lease = try store.grant(ttl: keep + 3600)
                place.hour = now / 3_600_000
            }
            // Later than any before it, also where the clock was set back.
            let first = max(now * 1000, (place.last ?? 0) + 1)
            // A number is not given twice, also where it is not known whether the transaction was made.
            place.last = first + events.count - 1
            for (index, event) in events.enumerated() {
                steps.append(.put(Self.key(first + index), try Stored.encode(event), lease: place.lease))
            }
        }
        if !steps.isEmpty { try store.transaction(success: steps) }
        place.count += events.count
    }

    /// Removes the oldest where there are too many: a hundredth more than is needed, so that it is seldom.
    private func makeRoom(for new: Int, _ place: inout Place) throws {
        if place.last == nil {
            let newest = try store.range(prefix: Self.prefix, limit: 1, order: .descending).keyValues.first
            place.count = try store.count(prefix: Self.prefix)
            place.last = newest.map { Self.number(Self.id(of: $0)) } ?? 0
        }
        if place.count + new <= capacity { return }
        place.count = try store.count(prefix: Self.prefix)
        if place.count + new <= capacity { return }
        let wanted = max(capacity - capacity / 100 - new, 0)
        while place.count > wanted {
            let doomed = min(place.count - wanted, Self.removedAtOnce)
            let oldest = try store.range(prefix: Self.prefix, limit: doomed).keyValues
            guard let last = oldest.last else { break }
            try store.transaction(success: [.delete(.span(from: Self.prefix, to: Self.behind(last.key)))])
            place.count -= oldest.count
        }
    }

    // MARK: Reading

    /// The event with this id.
    package func event(_ id: String) async throws -> GuestEvent? {
        // The store refuses keys that no id makes.
        guard Self.id(Self.number(id)) == id else { return nil }
        return try await store.get(Self.prefix + id).map(Self.event)
    }

    /// How many there are.
    ///
    /// - Parameter after: the id of an event; those that came later.
    package func count(after: String? = nil) async throws -> Int {
        try await store.count(prefix: Self.prefix, from: after.map { Self.behind(Self.prefix + $0) })
    }

    /// Calls `body` with one event after the other until it returns `false`. No more are read than are asked for, and
    /// only some of them at once.
    ///
    /// - Parameters:
    ///   - after: the id of an event; those that came later.
    ///   - time: in milliseconds since 1970; those that were written from then on.
    ///   - order: by their places in the log; ascending is the oldest first.
    ///   - offset: how many are passed over, unread.
    ///   - limit: how many at most.
    package func scan(
        after: String? = nil,
        from time: Int? = nil,
        order: KeyOrder,
        offset: Int = 0,
        limit: Int? = nil,
        _ body: (GuestEvent) throws -> Bool
    ) async throws {
        let starts = [
            after.map { Self.behind(Self.prefix + $0) },
            time.map { Self.key($0.multipliedReportingOverflow(by: 1000).overflow ? .max : $0 * 1000) },
        ]
        var from = starts.compactMap { $0 }.max()
        var to: String?
        var skipped = 0
        var remaining = limit ?? .max
        while remaining > 0 {
            let (wanted, isAll) = (offset - skipped).addingReportingOverflow(remaining)
            let atOnce = isAll ? Self.readAtOnce : min(wanted, Self.readAtOnce)
            let answer = try await store.range(prefix: Self.prefix, from: from, to: to, limit: atOnce, order: order)
            let passed = min(offset - skipped, answer.keyValues.count)
            skipped += passed
            for entry in answer.keyValues.dropFirst(passed) {
                if try !body(try Self.event(entry)) { return }
                remaining -= 1
            }
            guard answer.more, let last = answer.keyValues.last else { return }
            if order == .ascending { from = Self.behind(last.key) } else { to = last.key }
        }
    }

    /// Events of the newest, in the order in which they happened.
    ///
    /// - Parameters:
    ///   - after: the id of an event; those that came later.
    ///   - uuid: of the guest that they are about.
    ///   - limit: the newest so many.
    package func events(after: String? = nil, uuid: String? = nil, limit: Int? = nil) async throws -> [GuestEvent] {
        var found: [GuestEvent] = []
        // Which are the guest's only they themselves say.
        try await scan(after: after, order: .descending, limit: uuid == nil ? limit : nil) { event in
            if uuid == nil || event.uuid == uuid { found.append(event) }
            return limit.map { found.count < $0 } ?? true
        }
        return found.reversed()
    }

    /// Waits until there is an event later than the one with this id, for so long at most. The events are looked at only
    /// where the store has changed.
    package func wait(after id: String, for duration: Duration) async throws {
        let deadline = ContinuousClock.now + duration
        let from = Self.behind(Self.prefix + id)
        var seen: Int64?
        while ContinuousClock.now < deadline {
            let revision = try await store.revision()
            if revision != seen {
                if try await !store.range(prefix: Self.prefix, from: from, limit: 1).keyValues.isEmpty { return }
                seen = revision
            }
            try await Task.sleep(for: Self.interval)
        }
    }

    /// Calls `body` with each event that is written from now on, until the task is cancelled.
    package func follow(_ body: (GuestEvent) async throws -> Void) async throws {
        for try await response in try store.watch(prefix: Self.prefix) {
            for case .put(let entry) in response.events {
                try await body(try Self.event(entry))
            }
        }
    }

    // MARK: Keys

    private static func key(_ number: Int) -> String { prefix + id(number) }

    /// Before every other key behind this one, since ids are all of one length.
    private static func behind(_ key: String) -> String { key + "0" }

    private static func id(of entry: KeyValue) -> String { String(entry.key.dropFirst(prefix.count)) }

    /// The id of the event with this place in the log.
    package static func id(_ number: Int) -> String {
        let digits = String(max(number, 0), radix: 16)
        return String(repeating: "0", count: max(0, 16 - digits.count)) + digits
    }

    /// The place in the log of the event with this id.
    package static func number(_ id: String) -> Int { Int(id, radix: 16) ?? 0 }

    private static func event(_ entry: KeyValue) throws -> GuestEvent {
        var event: GuestEvent = try Stored.decode(entry.value, entry.key)
        event.id = id(of: entry)
        return event
    }
}

/// Milliseconds since 1970.
package enum Timestamp {
    @Sendable
    package static func now() -> Int { Int((Date().timeIntervalSince1970 * 1000).rounded()) }

    /// As CloudStack writes times: `2026-11-20T21:54:42+0000`.
    package static func text(_ milliseconds: Int) -> String {
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        return date.formatted(.iso8601).replacing("Z", with: "+0000")
    }
}

/// How records are kept: JSON with sorted keys.
package enum Stored {
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// - Parameter key: for the message.
    package static func decode<Value: Decodable>(_ bytes: [UInt8], _ key: String) throws -> Value {
        do { return try JSONDecoder().decode(Value.self, from: Data(bytes)) } catch {
            throw OperationError(.failure, "what is kept under \(key) cannot be read: \(error)")
        }
    }
}
