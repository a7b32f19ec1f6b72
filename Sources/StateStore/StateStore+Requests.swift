extension StateStore {
    /// The number of the last change; 1 before the first one.
    public func revision() throws(StateError) -> Int64 {
        try read { $0.revision }
    }

    // MARK: - Keys

    /// - Returns: `nil` where there is no such key.
    public func get(_ key: String) throws(StateError) -> KeyValue? {
        try Request.check(key: key)
        return try read { try $0.get(key) }
    }

    /// The keys that begin with `prefix`, ordered by their bytes. Only those that are given back are read.
    ///
    /// - Parameters:
    ///   - from: the first key of interest, whether it is there or not; from the prefix on unless given.
    ///   - to: the first key that is of no interest any more, as etcd's `range_end`; all behind `from` unless given.
    ///   - limit: how many keys at most, 1 or more; all unless given.
    ///   - order: which come first, and are kept where the limit leaves some out.
    public func range(
        prefix: String,
        from: String? = nil,
        to: String? = nil,
        limit: Int? = nil,
        order: KeyOrder = .ascending
    ) throws(StateError) -> RangeResponse {
        try Request.check(prefix: prefix, from: from, to: to)
        try Request.check(limit: limit)
        let span = KeySpan(prefix: prefix, from: from, to: to)
        return try read { try $0.respond(span, limit, order) }
    }

    /// How many keys begin with `prefix`, without reading them (etcd's `count_only`).
    ///
    /// - Parameters:
    ///   - from, to: as ``range(prefix:from:to:limit:order:)`` has them.
    public func count(prefix: String, from: String? = nil, to: String? = nil) throws(StateError) -> Int {
        try Request.check(prefix: prefix, from: from, to: to)
        let span = KeySpan(prefix: prefix, from: from, to: to)
        return try read { try $0.count(span) }
    }

    /// Gives the key this value.
    ///
    /// - Parameter lease: what the key vanishes with; without one it is detached from the lease that it had, as in etcd.
    /// - Returns: the new revision.
    /// - Throws: ``StateError``, ``StateError/Code/leaseNotFound`` where the lease has expired.
    @discardableResult
    public func put(_ key: String, _ value: [UInt8], lease: LeaseID? = nil) throws(StateError) -> Int64 {
        try transaction(success: [.put(key, value, lease: lease)]).revision
    }

    /// Deletes the key, if it is there.
    @discardableResult
    public func delete(_ key: String) throws(StateError) -> DeleteResponse {
        DeleteResponse(try transaction(success: [.delete(.key(key))]))
    }

    /// Deletes the keys that begin with `prefix`, all of them at one revision.
    @discardableResult
    public func delete(prefix: String) throws(StateError) -> DeleteResponse {
        DeleteResponse(try transaction(success: [.delete(.prefix(prefix))]))
    }

    /// Takes the steps of `success` where all conditions hold and those of `failure` otherwise, at one revision, with
    /// nobody else's change in between (etcd's `Txn`).
    ///
    /// - Throws: ``StateError``, ``StateError/Code/badInput`` where a branch changes a key twice, as etcd does. Nothing is
    ///   changed then.
    @discardableResult
    public func transaction(
        compare: [Compare] = [],
        success: [RequestOp],
        failure: [RequestOp] = []
    ) throws(StateError) -> TransactionResponse {
        try Request.check(compares: compare, [success, failure])
        return try write { try $0.respond(compare, success, failure) }
    }

    /// Changes a key depending on what it is, again where others changed it meanwhile.
    ///
    /// The key keeps its lease. `change` is called with no lock held, so it may use the store, and more than once.
    ///
    /// - Parameter change: gives the new value from the present state (`nil`: no such key); `nil` deletes the key.
    /// - Returns: the store's revision after it.
    /// - Throws: what `change` throws; ``StateError/Code/busy`` where others were faster 1000 times.
    @discardableResult
    public func update(_ key: String, _ change: (KeyValue?) throws -> [UInt8]?) throws -> Int64 {
        for _ in 0..<CompareAndSet.maximumTries {
            let set = CompareAndSet(key, try get(key))
            let response = try transaction(compare: set.compare, success: set.success(try change(set.old)))
            if response.succeeded { return response.revision }
        }
        throw CompareAndSet.exhausted(key)
    }

    // MARK: - Leases

    /// Makes a lease: the keys put with it are deleted when it expires, whether or not a process runs then.
    ///
    /// While the host is up its uptime decides, suspension included, so that setting the clock changes nothing. Over a
    /// reboot the wall clock decides; one that went back over it cannot make a lease longer than `ttl`, one that went
    /// forward ends it early. The deletion gets its revision with the first request or watch that meets it.
    ///
    /// - Parameter ttl: seconds, 1 to 9000000000 (etcd's bound).
    public func grant(ttl: Int64) throws(StateError) -> LeaseID {
        try Request.check(ttl: ttl)
        return try write { try $0.grant(ttl: ttl) }
    }

    /// Begins the lease's time anew.
    ///
    /// - Returns: the seconds until it expires now.
    /// - Throws: ``StateError``, ``StateError/Code/leaseNotFound`` where it has expired already.
    @discardableResult
    public func keepAlive(_ lease: LeaseID) throws(StateError) -> Int64 {
        try write { try $0.keepAlive(lease) }
    }

    /// Ends the lease and deletes its keys, all of them at one revision.
    ///
    /// - Returns: the store's revision: a new one where a key was deleted.
    /// - Throws: ``StateError``, ``StateError/Code/leaseNotFound`` where it has ended already.
    @discardableResult
    public func revoke(_ lease: LeaseID) throws(StateError) -> Int64 {
        try write { session in
            try session.revoke(lease)
            return session.revision
        }
    }

    /// - Throws: ``StateError``, ``StateError/Code/leaseNotFound`` where it has ended.
    public func timeToLive(_ lease: LeaseID) throws(StateError) -> LeaseStatus {
        try read { try $0.status(lease) }
    }

    /// All leases that have not ended.
    public func leases() throws(StateError) -> [LeaseID] {
        try read { try $0.leases() }
    }

    // MARK: - History

    /// Forgets the deletions before `revision`, after which no watch can begin before it. The store does so by itself
    /// beyond its history limit.
    ///
    /// - Parameter revision: up to the store's next one; where that much was forgotten already, nothing happens.
    /// - Throws: ``StateError``, ``StateError/Code/futureRevision`` beyond that.
    public func compact(before revision: Int64) throws(StateError) {
        try write { try $0.compact(checked: revision) }
    }

    /// What happens to the keys that begin with `prefix`, whichever process does it.
    ///
    /// Each look at the file costs a few microseconds; between two of them the watching task sleeps.
    ///
    /// - Parameters:
    ///   - fromRevision: the first revision of interest; unless given, the one after the present.
    ///   - interval: how long it sleeps between two looks, which is how late an event is at most.
    /// - Returns: a sequence that ends when the task that iterates it is cancelled. It throws
    ///   ``StateError/Code/compacted`` where the history does not reach back far enough (any more): read the range anew,
    ///   then watch from the revision after its own.
    public func watch(
        prefix: String,
        fromRevision: Int64? = nil,
        interval: Duration = .milliseconds(100)
    ) throws(StateError) -> Watch {
        try Request.check(.prefix(prefix))
        if let fromRevision, fromRevision < 1 {
            throw StateError(.badInput, "\(fromRevision) is not a revision; they begin with 1")
        }
        if interval < .milliseconds(1) {
            throw StateError(.badInput, "the interval of a watch is \(interval); it must be 1 ms or more")
        }
        let first: Int64
        if let fromRevision { first = fromRevision } else { first = try revision() + 1 }
        return Watch(store: self, prefix: prefix, first: first, interval: interval)
    }
}

/// The transaction that changes a key only if nobody has changed it since it was read.
struct CompareAndSet {
    /// Each failure is somebody else's success, so this many in a row are not chance but a quarrel.
    static let maximumTries = 1000

    let old: KeyValue?
    private let key: String

    init(_ key: String, _ old: KeyValue?) {
        self.key = key
        self.old = old
    }

    var compare: [Compare] { [.modRevision(key, .equal, old?.modRevision ?? 0)] }

    func success(_ new: [UInt8]?) -> [RequestOp] {
        guard let new else { return [.delete(.key(key))] }
        return [.put(key, new, lease: old?.lease)]
    }

    static func exhausted(_ key: String) -> StateError {
        StateError(.busy, "others changed '\(StateError.shown(key))' \(maximumTries) times in a row; try again")
    }
}

extension DeleteResponse {
    init(_ response: TransactionResponse) {
        var count = 0
        for case .delete(deleted: let deleted) in response.responses { count += deleted }
        self.init(deleted: count, revision: response.revision)
    }
}
