/// The same requests for a daemon: the file is read and written on a thread of the store's own, and the task waits without
/// holding one. A cancelled task's request throws ``StateError/Code/cancelled``.
extension StateStore {
    public func revision() async throws(StateError) -> Int64 {
        try await read { $0.revision }
    }

    public func get(_ key: String) async throws(StateError) -> KeyValue? {
        try Request.check(key: key)
        return try await read { try $0.get(key) }
    }

    public func range(
        prefix: String,
        from: String? = nil,
        to: String? = nil,
        limit: Int? = nil,
        order: KeyOrder = .ascending
    ) async throws(StateError) -> RangeResponse {
        try Request.check(prefix: prefix, from: from, to: to)
        try Request.check(limit: limit)
        let span = KeySpan(prefix: prefix, from: from, to: to)
        return try await read { try $0.respond(span, limit, order) }
    }

    public func count(prefix: String, from: String? = nil, to: String? = nil) async throws(StateError) -> Int {
        try Request.check(prefix: prefix, from: from, to: to)
        let span = KeySpan(prefix: prefix, from: from, to: to)
        return try await read { try $0.count(span) }
    }

    @discardableResult
    public func put(_ key: String, _ value: [UInt8], lease: LeaseID? = nil) async throws(StateError) -> Int64 {
        try await transaction(success: [.put(key, value, lease: lease)]).revision
    }

    @discardableResult
    public func delete(_ key: String) async throws(StateError) -> DeleteResponse {
        DeleteResponse(try await transaction(success: [.delete(.key(key))]))
    }

    @discardableResult
    public func delete(prefix: String) async throws(StateError) -> DeleteResponse {
        DeleteResponse(try await transaction(success: [.delete(.prefix(prefix))]))
    }

    @discardableResult
    public func transaction(
        compare: [Compare] = [],
        success: [RequestOp],
        failure: [RequestOp] = []
    ) async throws(StateError) -> TransactionResponse {
        try Request.check(compares: compare, [success, failure])
        return try await write { try $0.respond(compare, success, failure) }
    }

    @discardableResult
    public func update(
        _ key: String,
        _ change: @Sendable (KeyValue?) async throws -> [UInt8]?
    ) async throws -> Int64 {
        for _ in 0..<CompareAndSet.maximumTries {
            let set = CompareAndSet(key, try await get(key))
            let response = try await transaction(compare: set.compare, success: set.success(try await change(set.old)))
            if response.succeeded { return response.revision }
        }
        throw CompareAndSet.exhausted(key)
    }

    public func grant(ttl: Int64) async throws(StateError) -> LeaseID {
        try Request.check(ttl: ttl)
        return try await write { try $0.grant(ttl: ttl) }
    }

    @discardableResult
    public func keepAlive(_ lease: LeaseID) async throws(StateError) -> Int64 {
        try await write { try $0.keepAlive(lease) }
    }

    @discardableResult
    public func revoke(_ lease: LeaseID) async throws(StateError) -> Int64 {
        try await write { session in
            try session.revoke(lease)
            return session.revision
        }
    }

    public func timeToLive(_ lease: LeaseID) async throws(StateError) -> LeaseStatus {
        try await read { try $0.status(lease) }
    }

    public func leases() async throws(StateError) -> [LeaseID] {
        try await read { try $0.leases() }
    }

    public func compact(before revision: Int64) async throws(StateError) {
        try await write { try $0.compact(checked: revision) }
    }
}
