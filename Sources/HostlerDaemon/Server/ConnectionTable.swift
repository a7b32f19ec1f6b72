internal import NIOCore
internal import Synchronization

/// The connections of a listener. Where there are too many, the one that has waited longest without a whole request gives
/// way to the next: whoever only holds connections open keeps nobody else out.
final class ConnectionTable: Sendable {
    private struct Entry {
        let channel: any Channel
        /// Its place in ``State/waiting``; `nil` while it is answered.
        var place: Int?
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        /// By their place, the longest wait first. Places that were left are passed over.
        var waiting: [(place: Int, id: ObjectIdentifier)] = []
        var first = 0
        var next = 0

        mutating func wait(_ id: ObjectIdentifier) {
            entries[id]?.place = next
            waiting.append((next, id))
            next += 1
        }

        /// The connection that has waited longest.
        mutating func longest() -> (any Channel)? {
            while first < waiting.count {
                let (place, id) = waiting[first]
                first += 1
                if let entry = entries[id], entry.place == place { return entry.channel }
            }
            return nil
        }

        /// As soon as most places were left, so that the list is never much longer than the connections are many.
        mutating func tidy() {
            guard waiting.count > 2 * entries.count + 64 else { return }
            waiting = waiting[first...].filter { entries[$0.id]?.place == $0.place }
            first = 0
        }
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// A connection has come, and waits.
    func add(_ channel: any Channel) {
        let victim = state.withLock { state -> (any Channel)? in
            let id = ObjectIdentifier(channel)
            let isFull = state.entries.count >= limit
            // All of them are being answered: then it is the new one.
            let victim = isFull ? state.longest() ?? channel : nil
            if let victim { state.entries[ObjectIdentifier(victim)] = nil }
            if victim !== channel {
                state.entries[id] = Entry(channel: channel)
                state.wait(id)
            }
            state.tidy()
            return victim
        }
        victim?.close(promise: nil)
    }

    /// A whole request is there.
    func work(_ channel: any Channel) {
        state.withLock { $0.entries[ObjectIdentifier(channel)]?.place = nil }
    }

    /// It is answered, and the connection waits for the next one.
    func wait(_ channel: any Channel) {
        state.withLock { state in
            if state.entries[ObjectIdentifier(channel)] != nil { state.wait(ObjectIdentifier(channel)) }
            state.tidy()
        }
    }

    func remove(_ channel: any Channel) {
        state.withLock { state in
            state.entries[ObjectIdentifier(channel)] = nil
            state.tidy()
        }
    }

    var count: Int { state.withLock { $0.entries.count } }
}
