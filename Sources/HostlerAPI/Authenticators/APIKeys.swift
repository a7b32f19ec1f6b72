internal import FoundationEssentials
package import StateStore

/// A key pair of a caller.
package struct APIKeyRecord: Codable, Equatable, Sendable {
    /// CloudStack's user id, a UUID.
    package var id: String
    /// What requests name the pair by; no secret.
    package var apiKey: String
    /// What requests are signed with. Never logged, and shown once only, when the pair is made.
    package var secretKey: String
    /// Who or what has it, for people; each name once.
    package var name: String
    /// Milliseconds since 1970 UTC.
    package var created: Int
    package var lastUsed: Int?
    package var isDisabled: Bool

    private enum CodingKeys: String, CodingKey {
        case id, apiKey, secretKey, name, created, lastUsed, isDisabled = "disabled"
    }
}

extension APIKeyRecord {
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.decode(String.self, forKey: .id)
        apiKey = try values.decode(String.self, forKey: .apiKey)
        secretKey = try values.decode(String.self, forKey: .secretKey)
        name = try values.decode(String.self, forKey: .name)
        created = try values.decodeIfPresent(Int.self, forKey: .created) ?? 0
        lastUsed = try values.decodeIfPresent(Int.self, forKey: .lastUsed)
        isDisabled = try values.decodeIfPresent(Bool.self, forKey: .isDisabled) ?? false
    }
}

/// The key pairs, under `apikey/<apiKey>`.
package struct APIKeys: Sendable {
    private static let prefix = "apikey/"
    /// How often at most it is written down that a pair is in use, in milliseconds.
    private static let touchInterval = 60_000

    private let store: StateStore
    private let clock: APIClock

    package init(store: StateStore, clock: APIClock = .system) {
        self.store = store
        self.clock = clock
    }

    /// Makes a key pair.
    ///
    /// - Parameter name: 1 to 64 characters that can be seen, of no other pair.
    /// - Returns: the pair, with the secret key that nobody will be shown again.
    /// - Throws: ``APIError`` with 431 where the name does not do, ``StateError``.
    package func create(name: String) async throws -> APIKeyRecord {
        let shown = APIError.shown(name)
        let isPlain = !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
        guard isPlain, name == name.trimmed, (1...64).contains(name.count) else {
            throw APIError.parameter("the name '\(shown)' is not one of 1 to 64 characters without blanks at its ends")
        }
        if try await list().contains(where: { $0.name == name }) {
            throw APIError.parameter("there is a key pair '\(shown)' already; revoke it or choose another name")
        }
        let record = APIKeyRecord(
            id: UUIDText.random(),
            apiKey: Self.randomKey(),
            secretKey: Self.randomKey(),
            name: name,
            created: clock.now(),
            isDisabled: false
        )
        try await store.put(Self.prefix + record.apiKey, try Records.encode(record))
        return record
    }

    /// All key pairs, by their names.
    package func list() async throws -> [APIKeyRecord] {
        let found = try await store.range(prefix: Self.prefix).keyValues
        let records = try found.map { try Records.decode(APIKeyRecord.self, $0) }
        return records.sorted { ($0.name, $0.apiKey) < ($1.name, $1.apiKey) }
    }

    /// Ends a key pair; requests signed with it are refused from now on.
    ///
    /// - Parameter key: its name or its API key.
    package func revoke(_ key: String) async throws {
        let apiKey = try await find(key).apiKey
        try await store.transaction(success: [
            .delete(.key(Self.prefix + apiKey)), .delete(.prefix(ReplayGuard.prefix(of: apiKey))),
        ])
    }

    /// Refuses a key pair for the time being, or takes it again.
    package func setDisabled(_ key: String, _ isDisabled: Bool) async throws {
        try await change(find(key).apiKey) { $0.isDisabled = isDisabled }
    }

    private func find(_ key: String) async throws -> APIKeyRecord {
        let all = try await list()
        if let found = all.first(where: { $0.apiKey == key || $0.name == key }) { return found }
        throw APIError.parameter(
            "there is no key pair '\(APIError.shown(key))'; 'hostler api-key list' lists those there are"
        )
    }

    /// - Returns: `nil` where there is no such pair.
    func record(_ apiKey: String) async throws -> APIKeyRecord? {
        guard Self.isPossible(apiKey), let found = try await store.get(Self.prefix + apiKey) else { return nil }
        return try Records.decode(APIKeyRecord.self, found)
    }

    /// Notes that the pair is in use.
    func touch(_ record: APIKeyRecord) async throws {
        let now = clock.now()
        if let last = record.lastUsed, now - last < Self.touchInterval, now >= last { return }
        try await change(record.apiKey) { $0.lastUsed = now }
    }

    private func change(_ apiKey: String, _ change: @Sendable (inout APIKeyRecord) -> Void) async throws {
        try await store.update(Self.prefix + apiKey) { (old) async throws -> [UInt8]? in
            // Revoked meanwhile: so it stays.
            guard let old else { return nil }
            var record = try Records.decode(APIKeyRecord.self, old)
            change(&record)
            return try Records.encode(record)
        }
    }

    private static func isPossible(_ apiKey: String) -> Bool {
        (1...128).contains(apiKey.utf8.count)
            && apiKey.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// 86 characters that need no encoding in a URL, as CloudStack's keys.
    static func randomKey() -> String { Base64.encodeURLSafe(RandomBytes.make(64)) }
}
