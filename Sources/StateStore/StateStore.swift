internal import GRDB
internal import Synchronization

/// Hostler's state: keys and values in one SQLite file, with the words and the promises of etcd v3, so that several hosts
/// can share an etcd instead one day.
///
/// - Keys are text, by convention with `/` between their parts, 1 to 1024 bytes without control characters; values are
///   bytes. A request has up to 8 MiB and 128 steps.
/// - Each change gives the store a new revision, 2 the first. A change is there whole or not at all, and stays, whenever
///   the process is killed or the power fails.
/// - Several processes, and several stores of one process, may use the file at once.
/// - Values may be passwords: the file and what SQLite puts beside it are their owner's alone (mode 0600), and a value that
///   was deleted or replaced is overwritten in all of them, see ``checkpoint()``.
///
/// A process that has the file open must not `fork` without `exec`.
public final class StateStore: Sendable {
    /// Seconds that a request waits for the change of another process.
    public static let busyTimeout = 10
    /// How many deletions the store remembers for watches unless told otherwise.
    public static let defaultHistoryLimit = 10_000

    public let path: String
    let queue: DatabaseQueue
    private let clock: StateClock
    private let busyMilliseconds: Int
    private let historyLimit: Int
    /// Whether the write-ahead log may hold values that are gone, since somebody was reading it at the time.
    private let owesCheckpoint = Atomic(false)
    private let isClosed = Atomic(false)

    /// Opens the state, and makes it where there is none: the file with mode 0600, missing folders with mode 0700.
    ///
    /// - Parameters:
    ///   - path: the file; no symbolic link, but its folder may be one.
    ///   - historyLimit: how many deletions are remembered for watches, 1 or more; older ones are compacted away.
    /// - Throws: ``StateError``, such as ``StateError/Code/permission`` where others may use the file or write to its
    ///   folder, ``StateError/Code/notAStore`` or ``StateError/Code/newerSchema``.
    public convenience init(path: String, historyLimit: Int = defaultHistoryLimit) throws(StateError) {
        try self.init(path: path, historyLimit: historyLimit, busyMilliseconds: Self.busyTimeout * 1000)
    }

    init(
        path: String,
        historyLimit: Int = defaultHistoryLimit,
        clock: StateClock = .system,
        busyMilliseconds: Int
    ) throws(StateError) {
        if path.isEmpty || path.utf8.contains(0) || path.utf8.last == UInt8(ascii: "/") {
            throw StateError(.badInput, "'\(StateError.shown(path))' is not the path of a file")
        }
        if historyLimit < 1 {
            throw StateError(.badInput, "the history limit \(historyLimit) is not a number of deletions from 1 on")
        }
        try StoreFile.prepare(path)
        do { queue = try Schema.open(path, busyTimeout: Double(busyMilliseconds) / 1000) } catch {
            throw Fault.error(error, path)
        }
        self.busyMilliseconds = busyMilliseconds
        self.path = path
        self.historyLimit = historyLimit
        self.clock = clock
    }

    /// Ends the use of the file, after which every request fails. Without it, the file is closed with the last reference.
    public func close() throws(StateError) {
        isClosed.store(true, ordering: .sequentiallyConsistent)
        do { try queue.close() } catch { throw Fault.error(error, path) }
    }

    /// Brings all changes into the file itself and empties the write-ahead log, so that the bytes of deleted and replaced
    /// values are in neither.
    ///
    /// The store does so by itself after each change that gave up a value, and when the last process closes the file. It
    /// cannot while another process is reading, for a moment; then it tries again with the next change and with each
    /// look of a watch.
    ///
    /// - Throws: ``StateError`` with ``StateError/Code/busy`` where others were reading all the time.
    public func checkpoint() throws(StateError) {
        let isDone: Bool
        do {
            isDone = try queue.writeWithoutTransaction { db in try emptyLog(db, waiting: busyMilliseconds) }
        } catch {
            throw Fault.error(error, path)
        }
        if !isDone { throw Fault.busy(path) }
        owesCheckpoint.store(false, ordering: .relaxed)
    }

    // MARK: - How requests reach the file

    /// What a read found.
    fileprivate enum Outcome<Value> {
        case found(Value)
        /// A lease has expired, which is a change, so that the read has to be part of it.
        case needsExpiry
    }

    func read<Value>(_ body: (Session) throws -> Value) throws(StateError) -> Value {
        do {
            switch try queue.unsafeRead({ db in try look(db, body) }) {
            case .found(let value): return value
            case .needsExpiry: break
            }
        } catch {
            throw Fault.error(error, path)
        }
        return try write(body)
    }

    func read<Value: Sendable>(_ body: @Sendable (Session) throws -> Value) async throws(StateError) -> Value {
        do {
            switch try await queue.unsafeRead({ db in try look(db, body) }) {
            case .found(let value): return value
            case .needsExpiry: break
            }
        } catch {
            throw Fault.error(error, path)
        }
        return try await write(body)
    }

    func write<Value>(_ body: (Session) throws -> Value) throws(StateError) -> Value {
        do { return try queue.writeWithoutTransaction { db in try change(db, body) } } catch {
            throw Fault.error(error, path)
        }
    }

    func write<Value: Sendable>(_ body: @Sendable (Session) throws -> Value) async throws(StateError) -> Value {
        do { return try await queue.writeWithoutTransaction { db in try change(db, body) } } catch {
            throw Fault.error(error, path)
        }
    }

    /// Empties the log after changes of other processes, which may have ended without being able to, and where this one
    /// still has to. What keeps it from that, a reader or a full disk, is no concern of who is waiting for changes; the
    /// next look tries again.
    func emptyLog(afterOthers isDue: Bool) async {
        if isDue { owesCheckpoint.store(true, ordering: .relaxed) }
        if !owesCheckpoint.load(ordering: .relaxed) { return }
        let isDone = try? await queue.writeWithoutTransaction { db in
            try emptyLog(db, waiting: Self.checkpointPatience)
        }
        if isDone == true { owesCheckpoint.store(false, ordering: .relaxed) }
    }

    private func look<Value>(_ db: Database, _ body: (Session) throws -> Value) throws -> Outcome<Value> {
        try checkOpen()
        var outcome = Outcome<Value>.needsExpiry
        // One state for all that is read, without DatabaseQueue.read's two further statements.
        try db.inTransaction(.deferred) {
            let session = try Session(db, now: clock.now(), historyLimit: historyLimit)
            if try !session.hasExpiredLeases() { outcome = .found(try body(session)) }
            return .commit
        }
        return outcome
    }

    private func change<Value>(_ db: Database, _ body: (Session) throws -> Value) throws -> Value {
        try checkOpen()
        var value: Value?
        var hasDroppedValues = false
        try db.inTransaction(.immediate) {
            // The clock is asked when the lock is held, so that no time passes between judging a lease and using it.
            let session = try Session(db, now: clock.now(), historyLimit: historyLimit)
            try session.expireLeases()
            value = try body(session)
            try session.finish()
            hasDroppedValues = session.hasDroppedValues
            return .commit
        }
        if hasDroppedValues || owesCheckpoint.load(ordering: .relaxed) {
            // The change itself is made, so that a failure here must not look like one of it; it is tried again.
            let isDone = (try? emptyLog(db, waiting: Self.checkpointPatience)) ?? false
            owesCheckpoint.store(!isDone, ordering: .relaxed)
        }
        guard let value else { throw StateError(.inputOutput, "\(path): a transaction gave no answer") }
        return value
    }

    /// GRDB hands a closed connection to SQLite as a null pointer. Asked on the queue of the connection, where nothing
    /// comes between this and the request.
    private func checkOpen() throws(StateError) {
        if isClosed.load(ordering: .sequentiallyConsistent) {
            throw StateError(.closed, "\(StateError.shown(path)) is closed; open it again")
        }
    }

    /// Milliseconds that a change waits for readers; they take a fraction of one.
    private static let checkpointPatience = 20

    /// - Returns: whether it is empty, since nobody was in the way.
    private func emptyLog(_ db: Database, waiting milliseconds: Int) throws -> Bool {
        try checkOpen()
        try db.execute(sql: "PRAGMA busy_timeout = \(milliseconds)")
        defer {
            // Setting a number cannot fail on an open connection.
            try? db.execute(sql: "PRAGMA busy_timeout = \(busyMilliseconds)")
        }
        return try Int.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == 0
    }
}

extension StateStore.Outcome: Sendable where Value: Sendable {}
