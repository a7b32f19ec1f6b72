package import StateStore

/// Refuses a signed request that changes something when it comes again.
///
/// CloudStack takes such a request as often as it comes. Here it is taken once: one that expires not again until then, so
/// never, but for the moment in which clients, whose times have seconds, sign the same once more, after another command; one
/// that is good for ever not again right after itself, for a minute unless set otherwise. Clients that send no
/// `expires` sign the same command the same way each time, so a longer memory would refuse the second start of a guest
/// together with a copied request. Lists and questions about jobs change nothing and may be repeated as often as clients do.
///
/// What was taken is kept in the state, so that neither a restart nor another process of this host makes it good again.
package struct ReplayGuard: Sendable {
    private static let prefix = "apireplay/"

    private let store: StateStore
    private let window: Int
    private let clock: APIClock

    /// - Parameter window: seconds, for requests without `expires`.
    package init(store: StateStore, window: Int, clock: APIClock = .system) {
        self.store = store
        self.window = window
        self.clock = clock
    }

    /// - Returns: whether the request is the first of its kind, and from now on is no longer.
    func take(_ proof: RequestProof) async throws -> Bool {
        if let expires = proof.expires { return try await take(proof, until: expires) }
        return try await takeUnlessLast(proof)
    }

    /// A key for each request, which vanishes when the request has expired by itself.
    private func take(_ proof: RequestProof, until expires: Int) async throws -> Bool {
        let digest = digest(proof)
        let key = "\(Self.prefix)\(proof.apiKey)/\(digest)"
        let lastKey = Self.prefix + proof.apiKey
        let now = clock.now()
        // etcd's leases have a bound of some 285 years.
        let seconds = min(max(0, expires - now) / 1000 + 1, 9_000_000_000)
        let lease = try await store.grant(ttl: Int64(seconds))
        let record = try Records.encode(Last(digest: digest, taken: now))
        let taken = try await store.transaction(
            compare: [.createRevision(key, .equal, 0)],
            success: [.put(key, record, lease: lease), .put(lastKey, record)]
        )
        if taken.succeeded { return true }
        try await store.revoke(lease)
        // Upload, revoke and upload again within a second are three requests, of which two look alike.
        guard let first = try await store.get(key), let last = try await store.get(lastKey),
            now - (try Records.decode(Last.self, first)).taken < Self.moment,
            try Records.decode(Last.self, last).digest != digest
        else { return false }
        return try await store.transaction(
            compare: [.modRevision(lastKey, .equal, last.modRevision)],
            success: [.put(lastKey, record)]
        ).succeeded
    }

    /// In milliseconds.
    private static let moment = 2_000

    private struct Last: Codable {
        var digest: String
        var taken: Int
    }

    private func takeUnlessLast(_ proof: RequestProof) async throws -> Bool {
        let key = Self.prefix + proof.apiKey
        let digest = digest(proof)
        while true {
            let old = try await store.get(key)
            let last = try old.map { try Records.decode(Last.self, $0) }
            let now = clock.now()
            if let last, last.digest == digest, (0..<window * 1000).contains(now - last.taken) { return false }
            let taken = try await store.transaction(
                compare: [.modRevision(key, .equal, old?.modRevision ?? 0)],
                success: [.put(key, try Records.encode(Last(digest: digest, taken: now)))]
            )
            // Else another request of the same key pair came in between, and is the last now.
            if taken.succeeded { return true }
        }
    }

    /// What is kept of the requests of a key pair.
    static func prefix(of apiKey: String) -> String { prefix + apiKey }

    /// The signature itself says nothing of the secret key, and is the same however it was encoded.
    private func digest(_ proof: RequestProof) -> String {
        RequestSignature.decode(proof.signature).map(Base64.encodeURLSafe) ?? ""
    }
}
