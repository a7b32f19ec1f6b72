internal import Provisioning
package import StateStore

/// A public key that guests can be given, under a name.
package struct SSHKeyPairRecord: Codable, Equatable, Sendable {
    package var id: String
    package var name: String
    /// A line of an `authorized_keys` file.
    package var publicKey: String
    /// MD5 of the key, as CloudStack shows it: `43:51:43:a1:…`.
    package var fingerprint: String
    /// Milliseconds since 1970 UTC.
    package var created: Int
}

/// The SSH keys by their names, under `sshkeypair/<name>`. The private halves stay with their owners.
package struct SSHKeyPairs: Sendable {
    private static let prefix = "sshkeypair/"
    private let store: StateStore
    private let clock: APIClock

    package init(store: StateStore, clock: APIClock = .system) {
        self.store = store
        self.clock = clock
    }

    /// All keys, by their names.
    package func list() async throws -> [SSHKeyPairRecord] {
        try await store.range(prefix: Self.prefix).keyValues.map { try Records.decode(SSHKeyPairRecord.self, $0) }
    }

    /// - Throws: ``APIError`` with 431 where there is none of this name.
    package func key(_ name: String) async throws -> SSHKeyPairRecord {
        guard let found = try await store.get(Self.prefix + Self.checked(name)) else { throw Self.missing(name) }
        return try Records.decode(SSHKeyPairRecord.self, found)
    }

    /// - Parameter publicKey: a line of an `authorized_keys` file.
    /// - Throws: ``APIError`` with 431 where the name or the key does not do, or either is there already, as in CloudStack.
    package func register(name: String, publicKey: String) async throws -> SSHKeyPairRecord {
        let key = try Self.prefix + Self.checked(name)
        let parsed = try OpenSSHKey(publicKey)
        let fingerprint = parsed.fingerprint
        if let same = try await list().first(where: { $0.fingerprint == fingerprint && $0.name != name }) {
            throw APIError.parameter("the key is there already as '\(same.name)'")
        }
        let record = SSHKeyPairRecord(
            id: UUIDText.random(),
            name: name,
            publicKey: parsed.line,
            fingerprint: fingerprint,
            created: clock.now()
        )
        let answer = try await store.transaction(
            compare: [.createRevision(key, .equal, 0)],
            success: [.put(key, try Records.encode(record))]
        )
        if answer.succeeded { return record }
        throw APIError.parameter("there is a key pair '\(name)' already; delete it or choose another name")
    }

    package func delete(_ name: String) async throws {
        let answer = try await store.delete(Self.prefix + Self.checked(name))
        if answer.deleted == 0 { throw Self.missing(name) }
    }

    private static func missing(_ name: String) -> APIError {
        .parameter("there is no key pair '\(APIError.shown(name))'; listSSHKeyPairs lists those there are")
    }

    private static func checked(_ name: String) throws(APIError) -> String {
        let isPlain = name.unicodeScalars.allSatisfy {
            $0 != "," && $0 != "/" && $0.properties.generalCategory != .control
        }
        if isPlain && name == name.trimmed && (1...255).contains(name.utf8.count) { return name }
        throw .parameter(
            "the key pair's name '\(APIError.shown(name))' is not one of 1 to 255 bytes without ',', '/' and blanks at its ends"
        )
    }
}

/// A public key as OpenSSH writes it: `[options] type base64 [comment]` (sshd(8), AUTHORIZED_KEYS FILE FORMAT).
struct OpenSSHKey {
    let line: String
    /// The key itself (RFC 4253 §6.6).
    let blob: [UInt8]

    /// - Throws: ``APIError`` with 431. What was given is not in it: pasted by mistake, it may be a secret.
    init(_ text: String) throws(APIError) {
        if text.contains("PRIVATE KEY") || text.contains("PuTTY-User-Key-File") {
            throw .parameter("publickey is a private key; give the public one, the line in the .pub file")
        }
        line = text.trimmed
        if line.contains(where: \.isNewline) { throw .parameter("publickey has several lines; give one key") }
        let words = line.split(separator: " ", omittingEmptySubsequences: true)
        for (type, encoded) in zip(words, words.dropFirst()) {
            // A key says its own type first, so that a word of an option is never taken for one.
            guard let blob = Base64.decode(String(encoded)), Self.firstString(blob) == Array(type.utf8) else {
                continue
            }
            self.blob = blob
            return
        }
        throw .parameter("publickey is not a key as OpenSSH writes it: 'ssh-ed25519 AAAA… comment'")
    }

    private static func firstString(_ blob: [UInt8]) -> [UInt8]? {
        guard blob.count > 4 else { return nil }
        let length = blob.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        return length < blob.count - 4 ? Array(blob[4..<(4 + length)]) : nil
    }

    /// What ssh-keygen's `-E md5 -l` shows, without the name of the digest; as it shows SHA-256 where the host's policy has
    /// no MD5.
    var fingerprint: String {
        let digest = DigestAlgorithm.md5.digest(blob)
        if digest.isEmpty { return "SHA256:" + Base64.encode(DigestAlgorithm.sha256.digest(blob)).prefix { $0 != "=" } }
        return digest.map { hexadecimal([$0]) }.joined(separator: ":")
    }
}
