internal import FoundationEssentials
package import Provisioning
package import StateStore

/// A group of hosts that trust the same certificates. Key `zone/<id>`.
package struct ZoneRecord: Codable, Sendable, Equatable {
    package let id: String
    package var name: String
    package let created: Int
}

/// A host of a zone. Key `host/<id>`.
package struct HostRecord: Codable, Sendable, Equatable {
    package let id: String
    package var zone: String
    package var name: String
    package let created: Int
    /// When its daemon was last seen, in milliseconds since 1970.
    package var lastSeen: Int
}

/// A certificate of a zone. Key `certificate/<zone>/<id>`.
package struct CertificateRecord: Codable, Sendable, Equatable {
    package let id: String
    package let zone: String
    package let alias: String
    /// One or more, PEM.
    package var pem: String
    package let created: Int
    /// When it was replaced last.
    package var changed: Int
    /// Of the whole zone. Single hosts may have it revoked all the same, see ``HostCertificate``.
    package var isRevoked: Bool

    /// - Throws: ``CertificateError`` where somebody has damaged the store.
    package func certificates() throws(CertificateError) -> [X509Certificate] { try PEMBundle.parse(pem) }
}

/// What a host has of a certificate. Key `certificatehost/<zone>/<certificate>/<host>`. The host itself writes how it went,
/// whoever asks for something writes what is wanted.
package struct HostCertificate: Codable, Sendable, Equatable {
    /// CloudStack's words, and `PENDING` before the first attempt.
    package enum Status: String, Codable, Sendable {
        case pending = "PENDING"
        case uploaded = "UPLOADED"
        case failed = "FAILED"
        case revoked = "REVOKED"
        case skipped = "SKIPPED"
    }

    /// Whether the host is to have it.
    package var isWanted: Bool
    package var status: Status
    /// Since when ``status`` is so, in milliseconds since 1970.
    package var since: Int
    /// Attempts since it last succeeded.
    package var attempts = 0
    package var lastError: String?
    /// Not before this time.
    package var nextAttempt = 0
    /// The certificates that the host has put into its store, by their fingerprints.
    package var fingerprints: [String] = []
}

/// The zones and hosts of a state store.
package struct Zones: Sendable {
    package let store: StateStore

    package init(store: StateStore) { self.store = store }

    package func all() throws -> [ZoneRecord] { try records("zone/") }
    package func hosts() throws -> [HostRecord] { try records("host/") }

    /// The zone of that name, made where there is none.
    package func zone(named name: String, now: Int = Timestamp.now()) throws -> ZoneRecord {
        if let known = try all().first(where: { $0.name == name }) { return known }
        // The same from wherever it is made first, so that two hosts that start at once make one zone.
        let zone = ZoneRecord(id: StableID.make("zone \(name)"), name: name, created: now)
        _ = try store.transaction(
            compare: [.modRevision("zone/" + zone.id, .equal, 0)],
            success: [.put("zone/" + zone.id, try Stored.encode(zone))]
        )
        return zone
    }

    /// The id of the host that `identity` tells from others for good, such as `/etc/machine-id`.
    package static func hostID(identity: String) -> String { StableID.make("host \(identity)") }

    /// Notes that a host is there, in this zone.
    package func present(id: String, name: String, zone: String, now: Int = Timestamp.now()) throws -> HostRecord {
        var host = HostRecord(id: id, zone: zone, name: name, created: now, lastSeen: now)
        _ = try store.update("host/" + id) { old in
            if let old {
                let known: HostRecord = try Stored.decode(old.value, old.key)
                host = HostRecord(id: id, zone: zone, name: name, created: known.created, lastSeen: now)
            }
            return try Stored.encode(host)
        }
        return host
    }

    private func records<Record: Decodable>(_ prefix: String) throws -> [Record] {
        try store.range(prefix: prefix).keyValues.map { try Stored.decode($0.value, $0.key) }
    }
}

/// UUIDs that follow from a text (RFC 4122, version 5, in a name space of our own).
package enum StableID {
    private static let space: [UInt8] = Array("hostler:".utf8)

    package static func make(_ text: String) -> String {
        var bytes = Array(DigestAlgorithm.sha1.digest(space + Array(text.utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x50
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array(hexadecimal(bytes))
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
        return parts.joined(separator: "-")
    }

    package static func random() -> String { UUID().uuidString.lowercased() }
}
