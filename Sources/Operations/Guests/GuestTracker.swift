package import LibvirtClient
package import StateStore

/// Keeps each guest's record and the event log in step with what hooks and libvirt tell.
///
/// The only writer of `guest/`: what it has read once it knows.
package actor GuestTracker {
    static let prefix = "guest/"
    /// Of a transaction: etcd allows 128 steps.
    private static let stepsAtOnce = 100
    /// Of how many guests that are gone it is remembered when they went.
    private static let goneAtOnce = 10_000

    private let store: StateStore
    private let log: EventLog
    private let clock: @Sendable () -> Int
    private var records: [String: GuestRecord]
    /// Counts the news of all guests.
    private var news = 0
    /// What the count was with a guest's last news.
    private var lastNews: [String: Int] = [:]
    /// What it was at most with the last news of guests that are not in ``lastNews``.
    private var oldNews = 0
    /// Is told of each record that has changed, with what it was before.
    private var observer: (@Sendable (GuestRecord?, GuestRecord?) -> Void)?

    /// - Parameter clock: milliseconds since 1970.
    package init(store: StateStore, log: EventLog, clock: @escaping @Sendable () -> Int = Timestamp.now) throws {
        self.store = store
        self.log = log
        self.clock = clock
        records = try Self.read(store)
    }

    /// All records of a store, by UUID.
    package static func read(_ store: StateStore) throws -> [String: GuestRecord] {
        var records: [String: GuestRecord] = [:]
        for entry in try store.range(prefix: prefix).keyValues {
            records[String(entry.key.dropFirst(prefix.count))] = try Stored.decode(entry.value, entry.key)
        }
        return records
    }

    package func observe(_ observer: @escaping @Sendable (GuestRecord?, GuestRecord?) -> Void) {
        self.observer = observer
    }

    package var all: [GuestRecord] { records.values.sorted { ($0.name, $0.uuid) < ($1.name, $1.uuid) } }

    package func record(_ uuid: String) -> GuestRecord? { records[uuid] }

    /// Takes in what a source says of a guest.
    ///
    /// - Returns: whether libvirt has to be asked about it soon.
    @discardableResult
    package func apply(_ input: GuestInput, uuid: String, name: String) throws -> Bool {
        let uuid = uuid.lowercased()
        // Also where it cannot be written: libvirt's older answers are out of date all the same.
        if input.isNews { markNews(uuid) }
        let outcome = GuestMachine.apply(input, to: records[uuid], uuid: uuid, name: name, now: clock())
        try write([(uuid, outcome)])
        return outcome.needsCheck
    }

    /// A moment before a question to libvirt.
    package struct Moment: Sendable {
        fileprivate let news: Int
    }

    /// The present one. What libvirt answers to a question that is asked after it may be older than news that come
    /// meanwhile, by events and by hooks.
    package var moment: Moment { Moment(news: news) }

    /// Takes in what libvirt has answered about a guest, unless there was news of it since it was asked.
    ///
    /// - Parameters:
    ///   - inputs: what follows from the answer.
    ///   - moment: before the question.
    /// - Returns: whether it is taken in, and whether libvirt has to be asked about the guest (again) soon.
    package func answer(
        _ inputs: [GuestInput],
        uuid: String,
        name: String,
        since moment: Moment
    ) throws -> (isTaken: Bool, needsCheck: Bool) {
        let uuid = uuid.lowercased()
        if hasNews(uuid, since: moment) { return (false, true) }
        var needsCheck = false
        for input in inputs where try apply(input, uuid: uuid, name: name) { needsCheck = true }
        return (true, needsCheck)
    }

    /// Makes the records agree with libvirt, except of guests of which there was news since it was asked.
    ///
    /// - Parameters:
    ///   - entries: all guests that it has.
    ///   - moment: before the question.
    /// - Returns: the UUIDs of those that it has to be asked about again soon.
    package func reconcile(_ entries: [DomainEntry], since moment: Moment) throws -> [String] {
        let now = clock()
        var outcomes: [(String, GuestMachine.Outcome)] = []
        var doubtful: [String] = []
        for entry in entries {
            let uuid = entry.uuid.lowercased()
            if hasNews(uuid, since: moment) {
                doubtful.append(uuid)
                continue
            }
            let input = GuestInput.snapshot(entry.status, isPersistent: entry.isPersistent)
            outcomes.append(
                (uuid, GuestMachine.apply(input, to: records[uuid], uuid: uuid, name: entry.name, now: now))
            )
        }
        let known = Set(entries.map { $0.uuid.lowercased() })
        for (uuid, record) in records where !known.contains(uuid) {
            // It may have been defined after libvirt made its list.
            if hasNews(uuid, since: moment) {
                doubtful.append(uuid)
                continue
            }
            outcomes.append((uuid, GuestMachine.apply(.absent, to: record, uuid: uuid, name: record.name, now: now)))
        }
        try write(outcomes)
        return doubtful + outcomes.filter(\.1.needsCheck).map(\.0)
    }

    /// Writes how often repeated events have come, see ``EventLog/writeRepeats(all:)``.
    package func writeRepeats(all: Bool = false) throws { try log.writeRepeats(all: all) }

    // MARK: News

    private func hasNews(_ uuid: String, since moment: Moment) -> Bool {
        lastNews[uuid, default: oldNews] > moment.news
    }

    private func markNews(_ uuid: String) {
        news += 1
        lastNews[uuid] = news
        // A guest that is gone is remembered, since an answer from before may be on its way, but not for ever.
        if lastNews.count > records.count + Self.goneAtOnce {
            lastNews = lastNews.filter { records[$0.key] != nil }
            oldNews = news
        }
    }

    // MARK: Writing

    private func write(_ outcomes: [(uuid: String, outcome: GuestMachine.Outcome)]) throws {
        var events: [GuestEvent] = []
        var steps: [RequestOp] = []
        var changed: [(uuid: String, old: GuestRecord?, new: GuestRecord?)] = []
        func flush() throws {
            try log.write(events, with: steps)
            // Only what is written is known.
            for change in changed {
                records[change.uuid] = change.new
                // Of two answers that are on their way the older one may come last.
                markNews(change.uuid)
            }
            for change in changed { observer?(change.old, change.new) }
            (events, steps, changed) = ([], [], [])
        }
        for (uuid, outcome) in outcomes {
            let old = records[uuid]
            events += outcome.events
            if outcome.record != old {
                let key = Self.prefix + uuid
                steps.append(try outcome.record.map { .put(key, try Stored.encode($0)) } ?? .delete(.key(key)))
                changed.append((uuid, old, outcome.record))
            }
            if events.count + steps.count >= Self.stepsAtOnce { try flush() }
        }
        try flush()
    }
}
