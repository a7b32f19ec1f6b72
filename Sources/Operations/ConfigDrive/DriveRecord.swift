internal import FoundationEssentials
package import Provisioning
package import StateStore

/// What is kept of a guest's config drive: what it is made of, and where.
package struct DriveRecord: Codable, Equatable {
    /// The guest's name when this was written, for people.
    package var guest: String
    /// As libvirt writes it, lower-case.
    package var uuid: String
    /// The hypervisor that the guest is of: `qemu:///system`. Others know nothing of it.
    package var uri: String
    /// The folder of the ISO.
    package var folder: String
    /// The libvirt storage pool that the folder is of.
    package var pool: String?
    package var data = ConfigDriveData()
    /// When it was imported for a guest that was still to arrive, in seconds since 1970.
    package var imported: Int?
    /// ISOs in places where it was kept before, to be removed when the running guest has let go of them.
    package var leftovers: [String] = []
    /// Whether a running guest may have another disc in its drive than the ISO: true from before the ISO is replaced until
    /// the disc is.
    package var isMediumPending = false
    /// Whether the drive was taken away while the guest ran, so that only its files are still to be removed.
    package var isUnset = false

    package var path: String { "\(folder)/\(uuid).iso" }
    package var allPaths: [String] { [path] + leftovers }

    package init(guest: String = "", uuid: String, uri: String = "", folder: String) {
        self.guest = guest
        self.uuid = uuid
        self.uri = uri
        self.folder = folder
    }

    private enum CodingKeys: CodingKey {
        case guest, uuid, uri, folder, pool, data, imported, leftovers, isMediumPending, isUnset
    }

    /// What an older release has not written is as if nothing had happened.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        guest = try values.decode(String.self, forKey: .guest)
        uuid = try values.decode(String.self, forKey: .uuid)
        uri = try values.decode(String.self, forKey: .uri)
        folder = try values.decode(String.self, forKey: .folder)
        pool = try values.decodeIfPresent(String.self, forKey: .pool)
        data = try values.decodeIfPresent(ConfigDriveData.self, forKey: .data) ?? ConfigDriveData()
        imported = try values.decodeIfPresent(Int.self, forKey: .imported)
        leftovers = try values.decodeIfPresent([String].self, forKey: .leftovers) ?? []
        isMediumPending = try values.decodeIfPresent(Bool.self, forKey: .isMediumPending) ?? false
        isUnset = try values.decodeIfPresent(Bool.self, forKey: .isUnset) ?? false
    }
}

/// The records of a state store, under `configdrive/<uuid>`.
package struct DriveRecords {
    private static let prefix = "configdrive/"
    package let store: StateStore

    package init(store: StateStore) { self.store = store }

    /// A record, and the revision that a change of it has to be based on.
    package struct Entry {
        package let record: DriveRecord
        package let revision: Int64
    }

    package func entry(_ uuid: String) throws -> Entry? {
        guard let found = try store.get(Self.prefix + uuid) else { return nil }
        return Entry(record: try Self.decode(found.value, uuid), revision: found.modRevision)
    }

    package func all() throws -> [DriveRecord] {
        try store.range(prefix: Self.prefix).keyValues.map { entry in
            try Self.decode(entry.value, String(entry.key.dropFirst(Self.prefix.count)))
        }
    }

    /// Writes `record` where nobody has changed it since `base`; where there was none, `base` is `nil`.
    ///
    /// - Returns: the new revision; `nil` where it is not written.
    package func put(_ record: DriveRecord, over base: Entry?) throws -> Int64? {
        try put(record, overRevision: base?.revision ?? 0)
    }

    package func put(_ record: DriveRecord, overRevision revision: Int64) throws -> Int64? {
        let key = Self.prefix + record.uuid
        let answer = try store.transaction(
            compare: [.modRevision(key, .equal, revision)],
            success: [.put(key, try Self.encode(record))]
        )
        return answer.succeeded ? answer.revision : nil
    }

    package func remove(_ uuid: String) throws { _ = try store.delete(Self.prefix + uuid) }

    package static func encode(_ record: DriveRecord) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(record))
    }

    package static func decode(_ bytes: [UInt8], _ uuid: String) throws -> DriveRecord {
        do {
            return try JSONDecoder().decode(DriveRecord.self, from: Data(bytes))
        } catch {
            throw OperationError(.failure, "what is kept of the config drive of guest \(uuid) cannot be read: \(error)")
        }
    }
}
