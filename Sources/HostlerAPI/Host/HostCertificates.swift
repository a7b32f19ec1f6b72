package import Operations
package import Provisioning

/// The certificates of the zones, as this host's state has them.
package struct HostCertificates: CertificatesService, CertificateHostsService {
    private let registry: CertificateRegistry
    private let zones: Zones
    /// Makes this host have what its zone has.
    private let sync: @Sendable () async throws -> Void

    /// - Parameter sync: is called after each change.
    package init(registry: CertificateRegistry, sync: @escaping @Sendable () async throws -> Void) {
        self.registry = registry
        zones = Zones(store: registry.store)
        self.sync = sync
    }

    package func list() async throws -> [CertificateInfo] {
        try registry.all().sorted { ($0.alias, $0.id) < ($1.alias, $1.id) }.map { try info($0) }
    }

    package func upload(_ text: String, alias: String, zoneID: String, hostID: String?) async throws -> CertificateInfo
    {
        if let hostID {
            // As CloudStack: the zone's own is pushed to the host, whatever was sent along.
            guard
                let known = try registry.of(zone: zoneID).first(where: { $0.alias.lowercased() == alias.lowercased() })
            else {
                throw APIError.parameter(
                    "there is no certificate '\(APIError.shown(alias))' in the zone; upload it without hostid first"
                )
            }
            try registry.provision(known.id, host: hostID)
            try await sync()
            return try info(known, only: hostID)
        }
        let record = try registry.upload(text, alias: alias, zone: zoneID)
        try await sync()
        return try info(record)
    }

    package func replace(_ id: String, _ text: String) async throws -> CertificateInfo {
        let record = try registry.replace(id, text)
        try await sync()
        return try info(record)
    }

    package func delete(_ id: String) async throws {
        try registry.delete(id)
        try await sync()
    }

    package func provision(_ id: String, hostID: String) async throws -> HostCertificateInfo {
        try registry.provision(id, host: hostID)
        try await sync()
        let found = try info(try registry.certificate(id), only: hostID).hosts.first
        return found ?? HostCertificateInfo(hostID: hostID, status: HostCertificate.Status.pending.rawValue)
    }

    package func revoke(_ id: String, hostID: String?) async throws -> [HostCertificateInfo] {
        let affected = try registry.revoke(id, host: hostID)
        try await sync()
        return try info(try registry.certificate(id)).hosts.filter { affected.contains($0.hostID) }
    }

    private func info(_ record: CertificateRecord, only hostID: String? = nil) throws -> CertificateInfo {
        let hosts = try zones.hosts()
        let states = try registry.hosts(of: record).filter { hostID == nil || $0.key == hostID }
        let first = try record.certificates().first
        return CertificateInfo(
            id: record.id,
            alias: record.alias,
            zoneID: record.zone,
            version: first?.version ?? 3,
            subject: first?.subject ?? "",
            issuer: first?.issuer ?? "",
            serialNumber: first?.serialNumber ?? "",
            notBefore: first?.notBefore ?? 0,
            notAfter: try record.certificates().map(\.notAfter).min() ?? 0,
            fingerprint: first?.fingerprint,
            isRevoked: record.isRevoked,
            hosts: states.sorted { $0.key < $1.key }.map { id, state in
                Self.info(id, state, hosts.first { $0.id == id }, record.zone)
            }
        )
    }

    private static func info(
        _ id: String,
        _ state: HostCertificate,
        _ host: HostRecord?,
        _ zone: String
    ) -> HostCertificateInfo {
        var status = state.status
        var details = state.lastError
        if host == nil || host?.zone != zone {
            status = .skipped
            details = host == nil ? "the host is gone" : "the host is in another zone now"
        } else if state.isWanted != (status == .uploaded) && [.uploaded, .revoked].contains(status) {
            // The host has not heard of it yet.
            status = .pending
        }
        return HostCertificateInfo(
            hostID: id,
            hostName: host?.name,
            status: status.rawValue,
            details: details,
            attempts: state.attempts,
            lastAttempt: state.since
        )
    }
}

extension CertificateError: APIErrorConvertible {
    package var apiError: APIError { APIError(code == .badInput ? .parameter : .internalError, message) }
}

extension OperationError: APIErrorConvertible {
    package var apiError: APIError {
        let code: APIError.Code =
            switch self.code {
            case .badInput, .usage: .parameter
            case .unreachable: .resourceUnavailable
            case .failure: .internalError
            }
        return APIError(code, message ?? "it has failed")
    }
}
