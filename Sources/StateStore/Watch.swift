/// One change to a key (etcd's `mvccpb.Event`).
public enum WatchEvent: Equatable, Sendable {
    case put(KeyValue)
    case delete(key: String, modRevision: Int64)

    public var key: String {
        switch self {
        case .put(let keyValue): keyValue.key
        case .delete(key: let key, modRevision: _): key
        }
    }

    /// The store's revision with this change.
    public var modRevision: Int64 {
        switch self {
        case .put(let keyValue): keyValue.modRevision
        case .delete(key: _, modRevision: let revision): revision
        }
    }
}

/// What happened since the last one (etcd's `WatchResponse`).
public struct WatchResponse: Equatable, Sendable {
    /// By revision, within one by key; never empty, and no revision is split between two responses.
    public let events: [WatchEvent]
    /// The store's revision that they lead to; a watch from the next one goes on where this ends.
    public let revision: Int64
}

/// The changes to keys with a prefix, see ``StateStore/watch(prefix:fromRevision:interval:)``.
///
/// Every deletion is in it, and the last put of each key. A put that was replaced or deleted before the watch looked is left
/// out: its value may have been a password, and the store keeps none that are gone. An etcd would deliver it; who goes by
/// the last state of each key is served the same by both.
public struct Watch: AsyncSequence, Sendable {
    let store: StateStore
    let prefix: String
    let first: Int64
    let interval: Duration

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(watch: self, next: first) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        private let watch: Watch
        private var next: Int64
        /// The revision at the last look, to tell whether there is something to look for.
        private var seen: Int64?

        init(watch: Watch, next: Int64) {
            self.watch = watch
            self.next = next
        }

        /// Waits for the next change.
        ///
        /// - Returns: `nil` when the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(StateError) -> WatchResponse? {
            while !Task.isCancelled {
                let found: WatchResponse?
                do throws(StateError) { found = try await look(isolation: actor) } catch {
                    if error.code == .cancelled { return nil }
                    throw error
                }
                if let found { return found }
                do { try await Task.sleep(for: watch.interval) } catch { return nil }
            }
            return nil
        }

        private mutating func look(
            isolation actor: isolated (any Actor)?
        ) async throws(StateError) -> WatchResponse? {
            let (prefix, first, seen) = (watch.prefix, next, seen)
            let (revision, events) = try await watch.store.read { session in
                if session.revision == seen { return (session.revision, [WatchEvent]()) }
                return (session.revision, try session.events(prefix, checkedFrom: first))
            }
            // Whoever made the change may have ended without being able to empty the log.
            await watch.store.emptyLog(afterOthers: seen != nil && seen != revision)
            self.seen = revision
            if revision >= next { next = revision + 1 }
            return events.isEmpty ? nil : WatchResponse(events: events, revision: revision)
        }
    }
}

extension Session {
    func events(_ prefix: String, checkedFrom first: Int64) throws -> [WatchEvent] {
        let compacted = try compactRevision()
        if first < compacted {
            throw StateError(
                .compacted,
                "the history from revision \(first) on is no longer whole, it begins with \(compacted); "
                    + "read the range and watch from there"
            )
        }
        return try events(prefix, from: first)
    }
}
