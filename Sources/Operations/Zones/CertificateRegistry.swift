internal import Provisioning
package import StateStore

/// The certificates of the zones: what their hosts are to have. How it goes at each host is ``CertificateSync``'s.
package struct CertificateRegistry: Sendable {
    static let prefix = "certificate/"
    static let hostPrefix = "certificatehost/"

    package let store: StateStore
    private let clock: @Sendable () -> Int

    /// - Parameter clock: milliseconds since 1970.
    package init(store: StateStore, clock: @escaping @Sendable () -> Int = Timestamp.now) {
        self.store = store
        self.clock = clock
    }

    static func key(_ zone: String, _ id: String) -> String { "\(prefix)\(zone)/\(id)" }
    static func hostKey(_ zone: String, _ id: String, _ host: String) -> String { "\(hostPrefix)\(zone)/\(id)/\(host)" }

    // MARK: Looking

    package func all() throws -> [CertificateRecord] {
        try store.range(prefix: Self.prefix).keyValues.map { try Stored.decode($0.value, $0.key) }
    }

    package func of(zone: String) throws -> [CertificateRecord] {
        try store.range(prefix: "\(Self.prefix)\(zone)/").keyValues.map { try Stored.decode($0.value, $0.key) }
    }

    /// - Throws: ``OperationError`` where there is none.
    package func certificate(_ id: String) throws -> CertificateRecord {
        guard let found = try all().first(where: { $0.id == id }) else {
            throw OperationError(.badInput, "there is no certificate with the id '\(id)'")
        }
        return found
    }

    /// What each host has of a certificate, by its id.
    package func hosts(of certificate: CertificateRecord) throws -> [String: HostCertificate] {
        let prefix = "\(Self.hostPrefix)\(certificate.zone)/\(certificate.id)/"
        var found: [String: HostCertificate] = [:]
        for entry in try store.range(prefix: prefix).keyValues {
            found[String(entry.key.dropFirst(prefix.count))] = try Stored.decode(entry.value, entry.key)
        }
        return found
    }

    // MARK: Changing

    /// Gives a certificate to a zone. The same once more changes nothing; one that was revoked is wanted again.
    ///
    /// - Throws: ``CertificateError`` for what is not to be trusted, ``OperationError`` where the alias is another's.
    package func upload(_ text: String, alias: String, zone: String) throws -> CertificateRecord {
        try CertificateAlias.check(alias)
        let now = clock()
        let certificates = try PEMBundle.parseValid(text, now: now)
        let pem = certificates.map(\.pem).joined()
        let same = try of(zone: zone).first { $0.alias.lowercased() == alias.lowercased() }
        if var known = same {
            if !known.isRevoked && known.pem != pem {
                throw OperationError(
                    .badInput,
                    "there is a certificate '\(known.alias)' already; replace it (hostler certificate replace), or take "
                        + "another name"
                )
            }
            if known.pem != pem { known.changed = now }
            (known.pem, known.isRevoked) = (pem, false)
            try put(known)
            try want(known, true, hosts: try hostIDs(zone))
            return known
        }
        let record = CertificateRecord(
            id: StableID.random(),
            zone: zone,
            alias: alias,
            pem: pem,
            created: now,
            changed: now,
            isRevoked: false
        )
        try put(record)
        try want(record, true, hosts: try hostIDs(zone))
        return record
    }

    /// Puts another certificate in its place, under the same alias.
    package func replace(_ id: String, _ text: String) throws -> CertificateRecord {
        var record = try certificate(id)
        let now = clock()
        record.pem = try PEMBundle.parseValid(text, now: now).map(\.pem).joined()
        record.changed = now
        record.isRevoked = false
        try put(record)
        try want(record, true, hosts: try hostIDs(record.zone))
        return record
    }

    /// Takes a certificate from a host, or from all of its zone, those that come later included.
    ///
    /// - Returns: the hosts that had it; none where it was revoked already.
    package func revoke(_ id: String, host: String? = nil) throws -> [String] {
        var record = try certificate(id)
        let all = try hosts(of: record)
        if let host {
            guard let known = all[host] else {
                throw OperationError(.badInput, "the certificate '\(record.alias)' was never given to host '\(host)'")
            }
            if !known.isWanted { return [] }
            try want(record, false, hosts: [host])
            return [host]
        }
        let affected = all.filter(\.value.isWanted).keys.sorted()
        if record.isRevoked && affected.isEmpty { return [] }
        record.isRevoked = true
        try put(record)
        try want(record, false, hosts: affected)
        return affected
    }

    /// Gives a certificate that its zone has to a host that does not have it, or tries again at once.
    package func provision(_ id: String, host: String) throws {
        let record = try certificate(id)
        if record.isRevoked {
            throw OperationError(.badInput, "the certificate '\(record.alias)' is revoked; upload it again first")
        }
        guard try hostIDs(record.zone).contains(host) else {
            throw OperationError(.badInput, "there is no host '\(host)' in the zone of the certificate")
        }
        try want(record, true, hosts: [host])
    }

    /// Forgets a certificate; its hosts take it out at their next pass.
    package func delete(_ id: String) throws {
        let record = try certificate(id)
        _ = try store.transaction(success: [
            .delete(.key(Self.key(record.zone, id))),
            .delete(.prefix("\(Self.hostPrefix)\(record.zone)/\(id)/")),
        ])
    }

    private func hostIDs(_ zone: String) throws -> [String] {
        try Zones(store: store).hosts().filter { $0.zone == zone }.map(\.id)
    }

    private func put(_ record: CertificateRecord) throws {
        _ = try store.put(Self.key(record.zone, record.id), try Stored.encode(record))
    }

    /// Says what is wanted, to be tried at once.
    private func want(_ record: CertificateRecord, _ isWanted: Bool, hosts: [String]) throws {
        let now = clock()
        for host in hosts {
            _ = try store.update(Self.hostKey(record.zone, record.id, host)) { old in
                var state = HostCertificate(isWanted: isWanted, status: .pending, since: now)
                if let old {
                    state = try Stored.decode(old.value, old.key)
                    state.isWanted = isWanted
                }
                (state.attempts, state.nextAttempt) = (0, 0)
                return try Stored.encode(state)
            }
        }
    }
}
