package import StateStore

/// The jobs, under `job/<uuid>`.
package struct Jobs: Sendable {
    private static let prefix = "job/"
    private let store: StateStore

    package init(store: StateStore) { self.store = store }

    /// - Returns: `nil` where there is no such job, or no longer.
    package func job(_ id: String) async throws -> JobRecord? {
        guard let found = try await store.get(Self.prefix + id) else { return nil }
        return try Records.decode(JobRecord.self, found)
    }

    /// All jobs that are kept, the newest first.
    package func list() async throws -> [JobRecord] {
        let found = try await store.range(prefix: Self.prefix).keyValues
        let jobs = try found.map { try Records.decode(JobRecord.self, $0) }
        return jobs.sorted { ($1.created, $0.id) < ($0.created, $1.id) }
    }

    /// - Returns: whether there was none of this id.
    func add(_ job: JobRecord) async throws -> Bool {
        let key = Self.prefix + job.id
        return try await store.transaction(
            compare: [.createRevision(key, .equal, 0)],
            success: [.put(key, try Records.encode(job))]
        ).succeeded
    }

    /// Changes a job that has not ended; nothing happens to one that has.
    func change(_ id: String, _ change: @Sendable (JobRecord) -> JobRecord) async throws {
        try await store.update(Self.prefix + id) { (old) async throws -> [UInt8]? in
            guard let old else { return nil }
            let job = try Records.decode(JobRecord.self, old)
            return job.status == .pending ? try Records.encode(change(job)) : old.value
        }
    }

    /// Forgets the jobs that ended too long ago.
    ///
    /// - Parameters:
    ///   - now: milliseconds since 1970 UTC.
    ///   - age: how long they are kept after their end, in milliseconds.
    ///   - secretAge: the same, of those with a secret in their result.
    func remove(now: Int, after age: Int, secretAfter secretAge: Int) async throws {
        for job in try await list() {
            guard let completed = job.completed else { continue }
            if now - completed > (job.isSecret ? secretAge : age) { try await store.delete(Self.prefix + job.id) }
        }
    }
}
