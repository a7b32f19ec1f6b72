internal import FoundationEssentials
internal import GRDB

/// The store within one transaction of SQLite: what each request does to the tables.
final class Session {
    let db: Database
    let now: Moment
    private let historyLimit: Int
    /// The store's revision, as this transaction leaves it.
    private(set) var revision: Int64
    /// Whether bytes of a value were given up, so that the write-ahead log has to be emptied of them.
    private(set) var hasDroppedValues = false
    private var hasDeletions = false
    private let revisionAtStart: Int64

    init(_ db: Database, now: Moment, historyLimit: Int) throws {
        self.db = db
        self.now = now
        self.historyLimit = historyLimit
        revision = try Int64.fetchOne(db.cachedStatement(sql: "SELECT revision FROM store")) ?? 0
        revisionAtStart = revision
    }

    /// Writes down what belongs to the transaction as a whole.
    func finish() throws {
        if hasDeletions { try forgetOldDeletions() }
        if revision != revisionAtStart { try run("UPDATE store SET revision = ?", [revision]) }
    }

    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    func rows(_ sql: String, _ arguments: StatementArguments) throws -> [Row] {
        try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments)
    }

    // MARK: - Keys

    func get(_ key: String) throws -> KeyValue? { try range(.key(key), limit: nil).found.first }

    func range(_ range: KeyRange, limit: Int?) throws -> (found: [KeyValue], more: Bool) {
        try keyValues(Self.condition(range), limit, .ascending)
    }

    func range(_ span: KeySpan, limit: Int?, order: KeyOrder) throws -> (found: [KeyValue], more: Bool) {
        try keyValues(Self.condition(span), limit, order)
    }

    /// By the index of the keys alone, without their values.
    func count(_ span: KeySpan) throws -> Int {
        let (condition, arguments) = Self.condition(span)
        let statement = try db.cachedStatement(sql: "SELECT count(*) FROM key_value WHERE \(condition)")
        return try Int.fetchOne(statement, arguments: arguments) ?? 0
    }

    private func keyValues(
        _ wanted: (sql: String, arguments: StatementArguments),
        _ limit: Int?,
        _ order: KeyOrder
    ) throws -> (found: [KeyValue], more: Bool) {
        // One more than asked for tells whether there are more; -1 is SQLite's word for all.
        let bound = limit.map { $0 == .max ? -1 : $0 + 1 } ?? -1
        var found = try rows(
            "SELECT key, value, create_revision, mod_revision, version, lease FROM key_value "
                + "WHERE \(wanted.sql) ORDER BY key \(order == .ascending ? "ASC" : "DESC") LIMIT ?",
            wanted.arguments + [bound]
        ).map(Self.keyValue)
        guard let limit, found.count > limit else { return (found, false) }
        found.removeLast()
        return (found, true)
    }

    /// Takes the steps of one transaction, all of them at one revision, the next.
    func take(_ operations: [RequestOp]) throws -> [ResponseOp] {
        let next = revision + 1
        return try operations.map { operation in
            switch operation {
            case .put(let key, let value, lease: let lease):
                try put(key, value, lease, at: next)
                return .put
            case .delete(let range): return .delete(deleted: try delete(range, at: next))
            case .get(let range, limit: let limit):
                let (found, more) = try self.range(range, limit: limit)
                return .get(found, more: more)
            }
        }
    }

    func put(_ key: String, _ value: [UInt8], _ lease: LeaseID?, at next: Int64) throws {
        if let lease { try checkExists(lease) }
        let name = Data(key.utf8)
        revision = next
        try run(
            "UPDATE key_value SET mod_revision = ?, version = version + 1, lease = ?, value = ? WHERE key = ?",
            [next, lease?.rawValue, Data(value), name]
        )
        if db.changesCount > 0 {
            hasDroppedValues = true
        } else {
            try run(
                "INSERT INTO key_value VALUES (?, ?, ?, 1, ?, zeroblob(\(Schema.spacer)), ?)",
                [name, next, next, lease?.rawValue, Data(value)]
            )
        }
    }

    func delete(_ range: KeyRange, at next: Int64) throws -> Int {
        let (condition, arguments) = Self.condition(range)
        return try deleteKeys(where: condition, arguments, at: next)
    }

    /// - Parameter condition: SQL on the columns of `key_value`.
    func deleteKeys(where condition: String, _ arguments: StatementArguments, at next: Int64) throws -> Int {
        try run(
            "INSERT INTO deletion (revision, key) SELECT ?, key FROM key_value WHERE \(condition) ORDER BY key",
            [next] + arguments
        )
        let count = db.changesCount
        if count == 0 { return 0 }
        revision = next
        hasDroppedValues = true
        hasDeletions = true
        try run("DELETE FROM key_value WHERE \(condition)", arguments)
        return count
    }

    private static func condition(_ range: KeyRange) -> (sql: String, arguments: StatementArguments) {
        switch range {
        case .key(let key): return ("key = ?", [Data(key.utf8)])
        case .prefix(let prefix): return condition(KeySpan(prefix: prefix))
        case .span(let from, let to): return condition(KeySpan(start: Array(from.utf8), end: Array(to.utf8)))
        }
    }

    private static func condition(_ span: KeySpan) -> (sql: String, arguments: StatementArguments) {
        guard let end = span.end else { return ("key >= ?", [Data(span.start)]) }
        return ("key >= ? AND key < ?", [Data(span.start), Data(end)])
    }

    private static func keyValue(_ row: Row) -> KeyValue {
        let lease: Int64? = row[5]
        return KeyValue(
            key: text(row[0]),
            value: Array(row[1] as Data),
            createRevision: row[2],
            modRevision: row[3],
            version: row[4],
            lease: lease.map(LeaseID.init(rawValue:))
        )
    }

    static func text(_ key: Data) -> String { String(decoding: key, as: UTF8.self) }

    // MARK: - History

    /// The first revision from which the history is whole.
    func compactRevision() throws -> Int64 {
        try Int64.fetchOne(db.cachedStatement(sql: "SELECT compact_revision FROM store")) ?? 0
    }

    func compact(before first: Int64) throws {
        if try first <= compactRevision() { return }
        try run("UPDATE store SET compact_revision = ?", [first])
        try run("DELETE FROM deletion WHERE revision < ?", [first])
    }

    /// Every deletion from `first` on, and the last put of each key that is still there, ordered.
    func events(_ prefix: String, from first: Int64) throws -> [WatchEvent] {
        let (condition, arguments) = Self.condition(.prefix(prefix))
        let puts = try rows(
            // What is new is little, what has the prefix may be very much: SQLite would take the keys' own index.
            "SELECT key, value, create_revision, mod_revision, version, lease FROM key_value "
                + "INDEXED BY key_value_by_revision WHERE mod_revision >= ? AND \(condition)",
            [first] + arguments
        ).map { WatchEvent.put(Self.keyValue($0)) }
        let deletions = try rows(
            "SELECT key, revision FROM deletion WHERE revision >= ? AND \(condition)",
            [first] + arguments
        ).map { WatchEvent.delete(key: Self.text($0[0]), modRevision: $0[1]) }
        return (puts + deletions).sorted { left, right in
            left.modRevision != right.modRevision
                ? left.modRevision < right.modRevision
                : left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
        }
    }

    /// Keeps the file from growing for ever. A revision of which one deletion is forgotten is forgotten as a whole.
    private func forgetOldDeletions() throws {
        let oldest = try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT revision FROM deletion WHERE id <= ? ORDER BY id DESC LIMIT 1"),
            arguments: [db.lastInsertedRowID - Int64(historyLimit)]
        )
        if let oldest { try compact(before: oldest + 1) }
    }
}
