internal import Operations
internal import Synchronization

/// Runs jobs: a bounded number at a time while ``run(_:)`` does, and otherwise each at once, before its caller gets the id,
/// as suits a command line without a daemon.
package final class JobRunner: Sendable {
    /// How long a job is kept after its end unless told otherwise (CloudStack's `job.expire.minutes`).
    package static let defaultRetention = Duration.seconds(86_400)
    /// How many jobs run at a time unless told otherwise.
    package static let defaultLimit = 16
    private static let maximumWaiting = 1000
    /// Milliseconds for which a job with a password in its result is kept at most.
    private static let secretRetention = 86_400_000

    package let jobs: Jobs
    private let settings: APISettings
    private let clock: APIClock
    private let limit: Int
    private let retention: Duration
    private let owner: ProcessIdentity
    private let fault: @Sendable (any Error) -> Void
    private let (queue, entrance) = AsyncStream.makeStream(of: Work.self)
    private let state = Mutex(State())

    private enum Phase {
        case direct, serving, stopped
    }

    private struct State {
        var phase = Phase.direct
        var waiting = 0
        /// Who waits for the end of a job.
        var waiters: [String: [Int: AsyncStream<Void>.Continuation]] = [:]
        var lastWaiter = 0
    }

    /// What a job does.
    private struct Work: Sendable {
        let job: JobRecord
        let command: any APICommand
        let caller: Caller
        let parameters: APIParameters
        let context: APIContext
        let isResumed: Bool
    }

    /// - Parameters:
    ///   - limit: how many jobs run at a time.
    ///   - retention: how long they are kept after their end.
    ///   - fault: is told when the state of a job cannot be written; the job itself goes on.
    package convenience init(
        jobs: Jobs,
        settings: APISettings,
        limit: Int = defaultLimit,
        retention: Duration = defaultRetention,
        clock: APIClock = .system,
        fault: @escaping @Sendable (any Error) -> Void = { _ in }
    ) {
        self.init(
            jobs: jobs,
            settings: settings,
            limit: limit,
            retention: retention,
            clock: clock,
            owner: .current,
            fault: fault
        )
    }

    init(
        jobs: Jobs,
        settings: APISettings,
        limit: Int = defaultLimit,
        retention: Duration = defaultRetention,
        clock: APIClock = .system,
        owner: ProcessIdentity,
        fault: @escaping @Sendable (any Error) -> Void = { _ in }
    ) {
        self.owner = owner
        self.fault = fault
        self.jobs = jobs
        self.settings = settings
        self.limit = max(1, limit)
        self.retention = retention
        self.clock = clock
    }

    // MARK: - New jobs

    /// Makes a job of a call.
    ///
    /// - Parameter id: what the caller wants it to be called (CloudStack's `injectedjobid`). Asking again with the id of a job
    ///   for the same gives that job, so that a caller that got no answer can ask again without harm.
    /// - Returns: the job's id.
    /// - Throws: ``APIError`` with 431 where the id is another job's, with 503 where no more jobs are taken.
    func submit(_ command: any APICommand, _ call: APICall, id: String?) async throws -> String {
        let subject = try await command.subject(of: call)
        var job = JobRecord(
            id: id ?? UUIDText.random(),
            command: command.name,
            caller: call.caller,
            subject: subject,
            isSecret: command.hasSecretResponse,
            created: clock.now(),
            serverID: settings.serverID,
            serverName: settings.serverName,
            owner: owner
        )
        (job.parameters, job.maps) = call.parameters.kept(command.parameters)
        let phase = try enter()
        // What is queued leaves when it is begun.
        var isQueued = false
        defer { if !isQueued { leave() } }
        if try await !jobs.add(job) { return try await existing(job) }
        let work = Work(
            job: job,
            command: command,
            caller: call.caller,
            parameters: call.parameters,
            context: call.context,
            isResumed: false
        )
        if phase == .serving {
            isQueued = true
            entrance.yield(work)
        } else {
            await execute(work)
        }
        return job.id
    }

    /// The job that a repeated request had made already.
    func existing(_ id: String, _ command: any APICommand, _ caller: Caller) async throws -> String? {
        guard let found = try await jobs.job(id), found.command == command.name, found.caller.id == caller.id
        else { return nil }
        return found.id
    }

    private func existing(_ job: JobRecord) async throws -> String {
        if let found = try await jobs.job(job.id), found.command == job.command, found.caller.id == job.caller.id,
            found.instanceID == job.instanceID
        {
            return found.id
        }
        throw APIError.parameter("injectedjobid '\(job.id)' is the id of another job; choose a new one")
    }

    private func enter() throws(APIError) -> Phase {
        try state.withLock { state throws(APIError) in
            if state.phase == .stopped {
                throw APIError(
                    .serviceUnavailable,
                    "hostlerd is stopping and takes no more jobs; try again when it runs"
                )
            }
            if state.waiting >= Self.maximumWaiting {
                throw APIError(.serviceUnavailable, "\(state.waiting) jobs are waiting already; try again later")
            }
            state.waiting += 1
            return state.phase
        }
    }

    private func leave() { state.withLock { $0.waiting -= 1 } }

    // MARK: - The service

    /// Whether jobs are queued.
    var isServing: Bool { state.withLock { $0.phase == .serving } }

    /// Runs jobs until ``stop()`` or until its task is cancelled: those that an earlier run left, and then those that come.
    ///
    /// Cancelled, it leaves the jobs that run as they are, for the next start to deal with. It can be called once.
    ///
    /// - Throws: ``StateError`` where the jobs of before cannot be read.
    package func run(_ context: APIContext) async throws {
        state.withLock { if $0.phase == .direct { $0.phase = .serving } }
        defer { state.withLock { $0.phase = .stopped } }
        let left = try await leftBehind(context)
        for work in left { entrance.yield(work) }
        // Cancelled when this function is left.
        async let _ = cleanUp()
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await work in queue {
                if running == limit {
                    await group.next()
                    running -= 1
                }
                running += 1
                group.addTask { await self.execute(work) }
                if !work.isResumed { leave() }
            }
        }
    }

    /// Takes no more jobs; ``run(_:)`` returns when those that it has are done.
    package func stop() {
        state.withLock { $0.phase = .stopped }
        entrance.finish()
    }

    /// The jobs of a daemon of this name that is gone. Those of a process that still runs, a command line, are its own.
    private func leftBehind(_ context: APIContext) async throws -> [Work] {
        var left: [Work] = []
        for job in try await jobs.list() where job.status == .pending && job.serverID == settings.serverID {
            if job.owner.isAlive { continue }
            guard let command = context.registry[job.command] else {
                let error = APIError(.internalError, "this release of hostlerd does not know \(job.command) any longer")
                try await finish(job.id, .failure(error))
                continue
            }
            left.append(
                Work(
                    job: job,
                    command: command,
                    caller: job.caller,
                    parameters: APIParameters(kept: job.parameters, maps: job.maps),
                    context: context,
                    isResumed: true
                )
            )
        }
        return left.reversed()
    }

    private func cleanUp() async {
        repeat {
            await reportingFaults { try await self.removeExpired() }
            do { try await Task.sleep(for: .seconds(600)) } catch { return }
        } while true
    }

    package func removeExpired() async throws {
        let kept = Int(retention / .milliseconds(1))
        try await jobs.remove(now: clock.now(), after: kept, secretAfter: min(kept, Self.secretRetention))
    }

    // MARK: - One job

    private func execute(_ work: Work) async {
        let (reports, reporter) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
        let call = APICall(
            parameters: work.parameters,
            caller: work.caller,
            context: work.context,
            progress: { reporter.yield($0) }
        )
        async let reporting: Void = report(reports, work.job.id)
        let outcome: Result<APIResult, APIError>
        do {
            let result = work.isResumed ? try await work.command.resume(call) : try await work.command.run(call)
            outcome = .success(result)
        } catch {
            if Task.isCancelled {
                // It was not the job that failed, but its daemon that ends; the next one sees to it.
                reporter.finish()
                await reporting
                return
            }
            outcome = .failure(APIError(of: error))
        }
        reporter.finish()
        await reporting
        let id = work.job.id
        // What has been done is written down even where the task was cancelled meanwhile.
        await Task { await self.reportingFaults { try await self.finish(id, outcome) } }.value
    }

    private func reportingFaults(_ body: @Sendable () async throws -> Void) async {
        do { try await body() } catch { if !Task.isCancelled { fault(error) } }
    }

    private func report(_ reports: AsyncStream<String>, _ id: String) async {
        for await text in reports {
            let shown = APIError.shown(text, limit: 500)
            await reportingFaults {
                try await self.jobs.change(id) { job in
                    var job = job
                    job.progress = shown
                    return job
                }
            }
        }
    }

    private func finish(_ id: String, _ outcome: Result<APIResult, APIError>) async throws {
        let now = clock.now()
        try await jobs.change(id) { $0.finished(outcome, at: now) }
        let waiters = state.withLock { $0.waiters.removeValue(forKey: id) }
        for waiter in waiters?.values.map({ $0 }) ?? [] { waiter.finish() }
    }

    // MARK: - Waiting

    /// Waits for the end of a job, for so long at most.
    ///
    /// - Returns: the job as it is then; `nil` where there is none.
    package func wait(_ id: String, for duration: Duration) async throws -> JobRecord? {
        let (end, signal) = AsyncStream.makeStream(of: Void.self)
        let number = state.withLock { state in
            state.lastWaiter += 1
            state.waiters[id, default: [:]][state.lastWaiter] = signal
            return state.lastWaiter
        }
        defer {
            state.withLock { state in
                state.waiters[id]?[number] = nil
                if state.waiters[id]?.isEmpty == true { state.waiters[id] = nil }
            }
        }
        // Looked at when it is listened to, so that no end is missed.
        guard let job = try await jobs.job(id) else { return nil }
        if job.status != .pending { return job }
        await withTaskGroup { group in
            group.addTask { for await _ in end {} }
            group.addTask {
                // Ends early where the job does.
                do { try await Task.sleep(for: duration) } catch { return }
            }
            await group.next()
            group.cancelAll()
        }
        return try await jobs.job(id)
    }
}
