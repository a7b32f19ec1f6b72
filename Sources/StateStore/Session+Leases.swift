internal import FoundationEssentials
internal import GRDB

/// Leases have two deadlines. In the boot of the kernel that they were granted in, the kernel's uptime decides, so that
/// setting the clock neither ends nor prolongs them. After a reboot the wall clock does, which is the only one that went on;
/// if it went backwards meanwhile, a lease is good for its whole time again, but never for more. The first change after a
/// reboot gives the remaining leases deadlines of the new boot.
extension Session {
    /// etcd's bound, in seconds.
    static let maximumTTL: Int64 = 9_000_000_000

    /// Whether the next change has to end a lease first.
    func hasExpiredLeases() throws -> Bool {
        let statement = try db.cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM lease WHERE \(Self.isExpired))"
        )
        return try Bool.fetchOne(statement, arguments: clocks) ?? false
    }

    /// Ends what has expired, each lease at a revision of its own, as etcd does.
    func expireLeases() throws {
        let expired = try rows(
            "SELECT id FROM lease WHERE \(Self.isExpired) ORDER BY wall_deadline, id",
            clocks
        )
        for row in expired { try end(LeaseID(rawValue: row[0])) }
        if now.boot.isEmpty { return }
        try run(
            "UPDATE lease SET boot = :boot, uptime_deadline = :uptime + min(wall_deadline - :wall, ttl * 1000) "
                + "WHERE boot <> :boot",
            clocks
        )
    }

    func grant(ttl: Int64) throws -> LeaseID {
        let wait = ttl * 1000
        try run(
            "INSERT INTO lease (ttl, boot, uptime_deadline, wall_deadline) VALUES (?, ?, ?, ?)",
            [ttl, now.boot, now.uptime + wait, now.wall + wait]
        )
        return LeaseID(rawValue: db.lastInsertedRowID)
    }

    /// - Returns: the seconds that the lease was granted for, which it has again.
    func keepAlive(_ id: LeaseID) throws -> Int64 {
        let ttl = try lease(id).ttl
        let wait = ttl * 1000
        try run(
            "UPDATE lease SET boot = ?, uptime_deadline = ?, wall_deadline = ? WHERE id = ?",
            [now.boot, now.uptime + wait, now.wall + wait, id.rawValue]
        )
        return ttl
    }

    func revoke(_ id: LeaseID) throws {
        try checkExists(id)
        try end(id)
    }

    func status(_ id: LeaseID) throws -> LeaseStatus {
        let (ttl, remaining) = try lease(id)
        let keys = try rows("SELECT key FROM key_value WHERE lease = ? ORDER BY key", [id.rawValue])
        return LeaseStatus(id: id, grantedTTL: ttl, ttl: max(remaining, 0) / 1000, keys: keys.map { Self.text($0[0]) })
    }

    func leases() throws -> [LeaseID] {
        try rows("SELECT id FROM lease ORDER BY id", []).map { LeaseID(rawValue: $0[0]) }
    }

    func checkExists(_ id: LeaseID) throws { _ = try lease(id) }

    private func lease(_ id: LeaseID) throws -> (ttl: Int64, remaining: Int64) {
        let found = try rows("SELECT ttl, boot, uptime_deadline, wall_deadline FROM lease WHERE id = ?", [id.rawValue])
        guard let row = found.first else {
            throw StateError(.leaseNotFound, "there is no lease \(id.rawValue), or it has expired; ask for a new one")
        }
        let ttl: Int64 = row[0]
        let boot: String = row[1]
        let isThisBoot = !boot.isEmpty && boot == now.boot
        let remaining = isThisBoot ? row[2] as Int64 - now.uptime : min(row[3] as Int64 - now.wall, ttl * 1000)
        return (ttl, remaining)
    }

    private func end(_ id: LeaseID) throws {
        _ = try deleteKeys(where: "lease = ?", [id.rawValue], at: revision + 1)
        try run("DELETE FROM lease WHERE id = ?", [id.rawValue])
    }

    private var clocks: StatementArguments { ["boot": now.boot, "uptime": now.uptime, "wall": now.wall] }

    private static let isExpired = """
        CASE WHEN boot = :boot AND boot <> '' THEN uptime_deadline <= :uptime ELSE wall_deadline <= :wall END
        """
}
