internal import DomainXML
package import LibvirtClient
package import Logging
internal import Metrics
package import Operations
internal import ServiceLifecycle
internal import Synchronization

/// Keeps the guests' records in step with libvirt: by its events, and by asking it where those may not be enough.
package final class GuestWatch: Service {
    private let libvirt: Libvirt
    private let tracker: GuestTracker
    private let healing: HealingService
    private let applier: AutoApply
    private let releaser: ArtefactRelease
    private let settings: Settings
    private let logger: Logger
    private let checks: AsyncStream<String>
    private let checkQueue: AsyncStream<String>.Continuation
    private let reconnects: AsyncStream<Void>
    private let reconnectQueue: AsyncStream<Void>.Continuation
    private let questions = Mutex(Questions())
    private let connection = Mutex<String?>("libvirt has not been reached yet")

    /// What a reload may change.
    package struct Settings: Sendable {
        package let reconcileInterval: @Sendable () -> Duration
        package let isHealing: @Sendable () -> Bool
        package let isApplying: @Sendable () -> Bool

        package init(
            reconcileInterval: @escaping @Sendable () -> Duration,
            isHealing: @escaping @Sendable () -> Bool,
            isApplying: @escaping @Sendable () -> Bool
        ) {
            self.reconcileInterval = reconcileInterval
            self.isHealing = isHealing
            self.isApplying = isApplying
        }
    }

    /// What is asked of libvirt, and how it tells what happens.
    struct Libvirt: Sendable {
        let events: @Sendable (_ body: @Sendable (EventSession.Event) async -> Void) async -> Void
        /// All guests.
        let entries: @Sendable () async throws -> [DomainEntry]
        /// One guest, with its domain where it runs; `nil` where libvirt does not know it.
        let guest: @Sendable (_ uuid: String) async throws -> (entry: DomainEntry, xml: [UInt8]?)?
    }

    /// How long is waited before something is asked.
    struct Pauses: Sendable {
        /// What contradicts itself becomes clear meanwhile.
        var check = Duration.milliseconds(300)
        /// After the first failure; each further one waits twice as long.
        var firstRetry = Duration.seconds(1)
        var longestRetry = Duration.seconds(30)
    }

    private let pauses: Pauses

    private struct Questions {
        /// Guests that will be asked about.
        var pending: Set<String> = []
        /// How long the next try waits, of guests that libvirt did not answer about.
        var retries: [String: Duration] = [:]
        /// Guests whose next try waits now.
        var waiting: Set<String> = []
    }

    /// How often is looked for repeated events whose minute is over.
    private static let repeatsInterval = Duration.seconds(5)

    package convenience init(
        session: EventSession,
        worker: LibvirtWorker,
        tracker: GuestTracker,
        healing: HealingService,
        applier: AutoApply,
        releaser: ArtefactRelease,
        settings: Settings,
        logger: Logger
    ) {
        self.init(
            libvirt: Libvirt(session, worker),
            tracker: tracker,
            healing: healing,
            applier: applier,
            releaser: releaser,
            settings: settings,
            logger: logger
        )
    }

    init(
        libvirt: Libvirt,
        tracker: GuestTracker,
        healing: HealingService,
        applier: AutoApply,
        releaser: ArtefactRelease,
        settings: Settings,
        pauses: Pauses = Pauses(),
        logger: Logger
    ) {
        self.libvirt = libvirt
        self.tracker = tracker
        self.healing = healing
        self.applier = applier
        self.releaser = releaser
        self.settings = settings
        self.pauses = pauses
        self.logger = logger
        (checks, checkQueue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(50_000))
        (reconnects, reconnectQueue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// What is wrong with the connection to libvirt; `nil` while it is well.
    package var problem: String? { connection.withLock { $0 } }

    /// Has libvirt asked about a guest, soon.
    package func check(_ uuid: String) { checkQueue.yield(uuid) }

    /// Asks libvirt about a guest now.
    package func refresh(_ uuid: String) async {
        if await !ask(uuid) { check(uuid) }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.libvirt.events { await self.take($0) } }
                group.addTask { await self.answerChecks() }
                group.addTask { await self.answerReconnects() }
                group.addTask { await self.reconcileNowAndThen() }
                group.addTask { await self.writeRepeats() }
            }
        }
    }

    // MARK: Events

    private func take(_ event: EventSession.Event) async {
        switch event {
        case .connected:
            connection.withLock { $0 = nil }
            Gauge(label: "hostler_libvirt_connected").record(1)
            logger.info("connected to libvirt")
            reconnectQueue.yield()
        case .disconnected(let reason):
            connection.withLock { $0 = reason }
            Gauge(label: "hostler_libvirt_connected").record(0)
            logger.warning("libvirt cannot be reached: \(reason); it is tried again")
        case .lost:
            logger.warning("more has happened at once than could be taken in; all guests are asked for")
            reconnectQueue.yield()
        case .domain(let event):
            let start = ContinuousClock.now
            await take(event)
            Timer(label: "hostler_event_seconds").record(since: start)
        }
    }

    private func take(_ event: DomainEvent) async {
        Counter(label: "hostler_events_total", dimensions: [("source", "libvirt")]).increment()
        switch event.kind {
        case .lifecycle(let step):
            await apply(.lifecycle(step), event)
            switch step.step {
            case .defined: if settings.isApplying() { applier.look(event.uuid) }
            case .started, .resumed:
                healing.recovered(event.uuid)
                check(event.uuid)
            case .suspended: check(event.uuid)
            case .undefined, .stopped:
                healing.forget(event.uuid)
                releaser.look()
            default: break
            }
        case .ioError(let error): await apply(.ioError(error), event)
        case .metadataChanged: if settings.isApplying() { applier.look(event.uuid) }
        case .rebooted: await apply(.rebooted, event)
        }
    }

    private func apply(_ input: GuestInput, _ event: DomainEvent) async {
        do {
            if try await tracker.apply(input, uuid: event.uuid, name: event.name) { check(event.uuid) }
        } catch {
            logger.error("what happened to guest \(event.name) cannot be kept: \(Self.sentence(error))")
        }
    }

    // MARK: Questions

    private func answerChecks() async {
        await withDiscardingTaskGroup { group in
            for await uuid in checks {
                // However often it is wished for meanwhile, it is asked once.
                guard self.questions.withLock({ $0.pending.insert(uuid).inserted }) else { continue }
                group.addTask {
                    do { try await Task.sleep(for: self.pauses.check) } catch { return }
                    self.questions.withLock { _ = $0.pending.remove(uuid) }
                    if await !self.ask(uuid) { await self.askAgain(uuid) }
                }
            }
        }
    }

    /// Has libvirt asked again about a guest that it did not answer about, after a while.
    private func askAgain(_ uuid: String) async {
        let pause = questions.withLock { questions -> Duration? in
            guard questions.waiting.insert(uuid).inserted else { return nil }
            let pause = questions.retries[uuid] ?? pauses.firstRetry
            questions.retries[uuid] = min(pause * 2, pauses.longestRetry)
            return pause
        }
        guard let pause else { return }
        do { try await Task.sleep(for: pause) } catch { return }
        questions.withLock { _ = $0.waiting.remove(uuid) }
        // Once it is connected again, all are asked about.
        if problem == nil { check(uuid) }
    }

    private func answerReconnects() async {
        for await _ in reconnects {
            var pause = pauses.firstRetry
            while await !reconcile(isFirst: true) {
                do { try await Task.sleep(for: pause) } catch { return }
                // The next connection asks for it anew.
                if problem != nil { break }
                pause = min(pause * 2, pauses.longestRetry)
            }
        }
    }

    private func reconcileNowAndThen() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: settings.reconcileInterval()) } catch { return }
            // Where it fails, the next time is soon enough.
            if problem == nil { _ = await reconcile(isFirst: false) }
        }
    }

    /// - Parameter isFirst: whether guests may have been defined or changed unseen.
    /// - Returns: whether libvirt has said which guests there are, and that is kept.
    private func reconcile(isFirst: Bool) async -> Bool {
        do {
            let start = ContinuousClock.now
            let moment = await tracker.moment
            let entries = try await libvirt.entries()
            for uuid in try await tracker.reconcile(entries, since: moment) { check(uuid) }
            for entry in entries where entry.status.isActive { check(entry.uuid.lowercased()) }
            if isFirst && settings.isApplying() {
                for entry in entries where entry.isPersistent { applier.look(entry.uuid) }
            }
            if isFirst { releaser.look() }
            Timer(label: "hostler_reconcile_seconds").record(since: start)
            return true
        } catch {
            logger.warning("libvirt does not say which guests there are: \(Self.sentence(error))")
            return false
        }
    }

    /// - Returns: whether libvirt has answered, and that is kept.
    private func ask(_ uuid: String) async -> Bool {
        do {
            let moment = await tracker.moment
            let answer = try await libvirt.guest(uuid)
            try await take(answer, uuid, since: moment)
            questions.withLock { _ = $0.retries.removeValue(forKey: uuid) }
            return true
        } catch {
            logger.warning("libvirt does not say what guest \(uuid) does: \(Self.sentence(error))")
            return false
        }
    }

    private func take(
        _ answer: (entry: DomainEntry, xml: [UInt8]?)?,
        _ uuid: String,
        since moment: GuestTracker.Moment
    ) async throws {
        guard let (entry, xml) = answer else {
            guard let name = await tracker.record(uuid)?.name else { return }
            if try await tracker.answer([.absent], uuid: uuid, name: name, since: moment).needsCheck { check(uuid) }
            return
        }
        var inputs = [GuestInput.snapshot(entry.status, isPersistent: entry.isPersistent)]
        if let xml { inputs.append(.holds(HeldArtefact.all(in: xml))) }
        let (isTaken, needsCheck) = try await tracker.answer(inputs, uuid: uuid, name: entry.name, since: moment)
        if needsCheck { check(uuid) }
        let isBroken = entry.status.state == .paused && entry.status.reason == DomainStatus.ioError
        if !isTaken { return }
        if !isBroken { healing.recovered(uuid) } else if settings.isHealing() { healing.heal(uuid) }
    }

    /// Writes events that repeat themselves when their minute is over, and in the end.
    private func writeRepeats() async {
        var isEnd = false
        while !isEnd {
            do { try await Task.sleep(for: Self.repeatsInterval) } catch { isEnd = true }
            do { try await tracker.writeRepeats(all: isEnd) } catch {
                logger.error("repeated events cannot be kept: \(Self.sentence(error))")
            }
        }
    }

    static func sentence(_ error: any Error) -> String {
        (error as? LibvirtError)?.sentence ?? OperationError(wrapping: error)?.message ?? "\(error)"
    }
}

extension GuestWatch.Libvirt {
    /// The real one.
    fileprivate init(_ session: EventSession, _ worker: LibvirtWorker) {
        events = { body in await session.run(body) }
        entries = { try await worker.run { try $0.entries() } }
        guest = { uuid in
            try await worker.run { connection in
                do throws(LibvirtError) {
                    let domain = try connection.domain(uuid: uuid)
                    let status = try domain.status()
                    let entry = DomainEntry(
                        uuid: uuid,
                        name: try domain.name(),
                        status: status,
                        isPersistent: try domain.isPersistent()
                    )
                    return (entry, status.isActive ? try domain.xml(inactive: false, secure: false) : nil)
                } catch {
                    if error.code == .noDomain { return nil }
                    throw error
                }
            }
        }
    }
}

extension HeldArtefact {
    /// What a domain refers to that is Hostler's.
    static func all(in xml: [UInt8]) -> [HeldArtefact] {
        let now = Timestamp.now()
        do throws(DomainXMLError) {
            return try DomainTransformer.inspect(xml).devices.map {
                HeldArtefact(role: $0.role, source: $0.source, since: now)
            }
        } catch {
            // A domain that the engine does not understand has nothing of ours.
            return []
        }
    }
}
