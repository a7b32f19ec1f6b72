internal import GRDB

/// The tables of the file and how they come to be.
enum Schema {
    /// "Hstl" in SQLite's header, by which `file(1)` and we tell a state store from another program's database.
    static let applicationID: Int64 = 0x4873_746C
    /// SQLite's `user_version`: how many of the migrations the file has seen, readable without looking for tables.
    static let version: Int64 = 1

    static let pageSize = 1024
    /// Bytes that stand before each value in its record, a page's worth.
    ///
    /// `secure_delete` overwrites a record where it is, but when SQLite moves records between pages to balance its tree,
    /// copies stay in the unused part of the old page, out of reach for later deletes. No more than a part of a page of
    /// each record is ever moved; the rest is in overflow pages of its own, which are overwritten when they are freed.
    /// With this in front, the value is in those alone.
    static let spacer = pageSize

    /// Opens the file, and makes or upgrades its tables where needed.
    ///
    /// - Parameter busyTimeout: seconds that each request waits for a lock of another process.
    static func open(_ path: String, busyTimeout: Double) throws -> DatabaseQueue {
        // A name without a slash could be one of SQLite's own, such as ':memory:'.
        let queue = try DatabaseQueue(
            path: path.contains("/") ? path : "./" + path,
            configuration: configuration(busyTimeout: busyTimeout)
        )
        if try isCurrent(queue, path) { return queue }
        // Not SQLite's lock, since the change to WAL is not part of a transaction, and a migrator decides what is to be
        // done before it has one.
        let lock = try FolderLock(StoreFile.folder(of: path))
        if try !isCurrent(queue, path) { try upgrade(queue) }
        _ = consume lock
        return queue
    }

    private static func configuration(busyTimeout: Double) -> Configuration {
        var configuration = Configuration()
        configuration.label = "StateStore"
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(busyTimeout)
        configuration.prepareDatabase { db in
            // FULL: what was promised is still there after a power failure. Temporary files would hold values, too.
            try db.execute(
                sql: """
                    PRAGMA secure_delete = ON;
                    PRAGMA synchronous = FULL;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA trusted_schema = OFF;
                    """
            )
        }
        return configuration
    }

    private static func isCurrent(_ queue: DatabaseQueue, _ path: String) throws -> Bool {
        try queue.unsafeRead { db in
            let application = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
            let found = try Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            if application != applicationID {
                let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
                if application == 0 && found == 0 && tables == 0 { return false }
                let name = StateError.shown(path)
                throw StateError(.notAStore, "\(name) is a database of another program; name another file")
            }
            if found > version {
                throw StateError(
                    .newerSchema,
                    "\(StateError.shown(path)) was written by a newer version of hostler (schema \(found), this one knows "
                        + "\(version)); update hostler"
                )
            }
            return found == version
        }
    }

    private static func upgrade(_ queue: DatabaseQueue) throws {
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA page_size = \(pageSize); PRAGMA application_id = \(applicationID)")
            let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL") ?? ""
            if mode != "wal" {
                throw StateError(.inputOutput, "the file system cannot share memory, which a write-ahead log needs")
            }
        }
        try migrator.migrate(queue)
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            // Keys are blobs, so that they are ordered and cut by bytes alone. A key's last put is in key_value itself;
            // `deletion` is the rest of the history. A lease has two deadlines, see Session+Leases.
            try db.execute(
                sql: """
                    CREATE TABLE store (
                        id INTEGER PRIMARY KEY CHECK (id = 1),
                        revision INTEGER NOT NULL,
                        compact_revision INTEGER NOT NULL
                    );
                    INSERT INTO store VALUES (1, 1, 1);
                    CREATE TABLE key_value (
                        key BLOB NOT NULL PRIMARY KEY,
                        create_revision INTEGER NOT NULL,
                        mod_revision INTEGER NOT NULL,
                        version INTEGER NOT NULL,
                        lease INTEGER,
                        spacer BLOB NOT NULL,
                        value BLOB NOT NULL
                    );
                    CREATE INDEX key_value_by_revision ON key_value (mod_revision);
                    CREATE INDEX key_value_by_lease ON key_value (lease, key) WHERE lease IS NOT NULL;
                    CREATE TABLE deletion (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        revision INTEGER NOT NULL,
                        key BLOB NOT NULL
                    );
                    CREATE INDEX deletion_by_revision ON deletion (revision);
                    CREATE TABLE lease (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        ttl INTEGER NOT NULL,
                        boot TEXT NOT NULL,
                        uptime_deadline INTEGER NOT NULL,
                        wall_deadline INTEGER NOT NULL
                    );
                    PRAGMA user_version = 1;
                    """
            )
        }
        return migrator
    }
}
