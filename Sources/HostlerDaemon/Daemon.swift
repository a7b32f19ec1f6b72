internal import Foundation
internal import HostlerAPI
internal import LibvirtClient
internal import Logging
internal import Metrics
internal import Operations
internal import ServiceLifecycle
internal import StateStore
internal import Synchronization
internal import UnixSignals

/// `hostlerd`, put together from its parts.
struct Daemon {
    let configuration: CurrentConfiguration
    let environment: [String: String]
    let logger: Logger

    /// Until it is told to stop (SIGTERM, SIGINT).
    func run() async throws {
        // As the unit has it; what others may read gets its mode by itself.
        umask(0o077)
        let settings = configuration.value
        // Before anything is touched that the other one works on.
        try SocketFile.checkIsFree(settings.text("socket.path"))
        let state = HostState.ofThisUser
        let store = try state.open()
        try configuration.use(store)
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        raiseFileLimit()

        let log = EventLog(store: store, keep: Int64(settings.seconds("events.keep")))
        let tracker = try GuestTracker(store: store, log: log)
        await tracker.observe { GuestGauge.moved($0, $1) }
        for record in await tracker.all { GuestGauge.moved(nil, record) }

        let uri = settings.text("connect")
        let worker = LibvirtWorker(uri: uri)
        // A start takes as long as its hook, and a guest that is locked lets lists wait: neither may hold up the watch.
        let lifecycle = LibvirtWorker(uri: uri, slots: 8)
        let lists = LibvirtWorker(uri: uri, slots: 2)
        let healing = healingService(worker, tracker, log)
        let stager = TemplateStager(
            state: state,
            records: TemplateRecords(store: store),
            fetcher: SourceFetcher { [configuration] in
                configuration.value.downloads(try SourceFetcher.settings(state))
            }
        )
        let applier = AutoApply(
            worker: worker,
            files: GuestFiles(state: state, records: stager.records),
            log: log,
            logger: logger
        )
        let keeper = TemplateKeeper(
            stager: stager,
            limit: { [configuration] in configuration.value.number("templates.at_once") },
            log: log,
            logger: logger
        )
        let releaser = ArtefactRelease(
            worker: worker,
            state: state,
            delay: { [configuration] in configuration.value.duration("release.after") },
            logger: logger
        )
        let watch = GuestWatch(
            session: EventSession(uri: uri),
            worker: worker,
            tracker: tracker,
            healing: healing,
            applier: applier,
            releaser: releaser,
            settings: watchSettings,
            logger: logger
        )
        let host = try thisHost(store)
        let certificates = CertificateKeeper(store: store, host: host, log: log, logger: logger) { [configuration] in
            CertificateKeeper.Settings(
                folder: state.trustFolder,
                usesSystem: configuration.value.isOn("trust.system"),
                interval: configuration.value.duration("certificates.interval"),
                warning: configuration.value.seconds("certificates.warn") * 1000
            )
        }
        let api = DaemonAPI(
            store: store,
            log: log,
            tracker: tracker,
            lifecycle: lifecycle,
            lists: lists,
            watch: watch,
            host: host,
            certificates: certificates,
            stager: stager,
            configuration: configuration,
            logger: logger
        )
        let hook = HookEndpoint(
            tracker: tracker,
            state: state,
            patience: settings.duration("hook.wait"),
            stagingPatience: { [configuration] in configuration.value.duration("templates.hook_wait") },
            check: { watch.check($0) },
            logger: logger
        )
        let manager = ServiceManager(environment: environment)
        let health: @Sendable () async -> Routes.Health = {
            let problem = watch.problem
            return Routes.Health(
                status: problem == nil ? "ok" : "degraded",
                libvirt: problem ?? "connected",
                guests: await tracker.all.count,
                version: Version.text
            )
        }
        let socket = settings.text("socket.path")
        let local = Listener(
            .socket(path: socket, group: socketGroup(settings.text("socket.group"))),
            // A domain's XML may be as large as the hook takes it.
            limits: ServerLimits(body: 17 << 20, connections: 4096, requestTime: settings.duration("api.timeout")),
            responder: Routes(hook: hook, api: api.endpoint, metrics: metrics, health: health),
            logger: logger,
            isListening: { _ in
                do { try HookPatience.tell(settings.seconds("hook.wait"), beside: socket) } catch {
                    logger.warning("hooks wait for 30 s, whatever hook.wait says: \(GuestWatch.sentence(error))")
                }
                logger.info("ready: \(Version.text), state in \(state.folder), socket \(socket)")
                manager.tell("READY=1", "STATUS=looks after the guests of \(uri)")
            }
        )
        let tls = try tlsMaterial()
        var services: [any Service] = [
            Watchdog(manager: manager),
            Reload(configuration: configuration, manager: manager, logger: logger) {
                reload(tls)
                await certificates.pass()
            },
            HealingRunner(healing: healing), applier, releaser, watch, certificates, keeper, api,
            local,
        ]
        if let tls, let address = ListenAddress(settings.text("api.listen")) {
            services.append(
                Listener(
                    .tls(host: address.host, port: address.port),
                    limits: ServerLimits(
                        body: settings.number("api.maximum_body"),
                        connections: settings.number("api.connections"),
                        requestTime: settings.duration("api.timeout")
                    ),
                    tls: { tls.context },
                    responder: Routes(
                        hook: nil,
                        api: api.endpoint,
                        metrics: settings.isOn("api.metrics") ? metrics : nil,
                        health: health
                    ),
                    logger: logger,
                    isListening: { [logger] port in logger.info("the API is served at \(address.host):\(port)") }
                )
            )
        }
        // What it says below this is each service with all that it has, which is long and may be secret.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .info)
        var group = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quiet
        )
        group.maximumGracefulShutdownDuration = .seconds(10)
        group.maximumCancellationDuration = .seconds(5)
        defer { HookPatience.forget(beside: socket) }
        try await ServiceGroup(configuration: group).run()
        manager.tell("STOPPING=1")
        logger.info("stopped")
    }

    /// This host's record. Its id follows from `/etc/machine-id`, which an installation keeps.
    private func thisHost(_ store: StateStore) throws -> HostRecord {
        let settings = configuration.value
        let machine = try Files.text("/etc/machine-id")?.split(whereSeparator: \.isWhitespace).first.map(String.init)
        let name = settings.text("host.name").isEmpty ? Host.name() : settings.text("host.name")
        let zones = Zones(store: store)
        let zone = try zones.zone(named: settings.text("zone.name"))
        return try zones.present(id: Zones.hostID(identity: machine ?? name), name: name, zone: zone.id)
    }

    private func tlsMaterial() throws -> TLSMaterial? {
        let settings = configuration.value
        if settings.text("api.listen").isEmpty { return nil }
        return try TLSMaterial(certificate: settings.text("api.certificate"), key: settings.text("api.key"))
    }

    private func reload(_ tls: TLSMaterial?) {
        let settings = configuration.value
        do {
            try tls?.reload(certificate: settings.text("api.certificate"), key: settings.text("api.key"))
        } catch {
            logger.error("the API's certificate stays as it was: \(GuestWatch.sentence(error))")
        }
    }

    private var watchSettings: GuestWatch.Settings {
        let configuration = configuration
        return GuestWatch.Settings(
            reconcileInterval: { configuration.value.duration("reconcile.interval") },
            isHealing: { configuration.value.isOn("healing.enabled") },
            isApplying: { configuration.value.isOn("apply.auto") }
        )
    }

    private func healingService(_ worker: LibvirtWorker, _ tracker: GuestTracker, _ log: EventLog) -> HealingService {
        let healer = BootHealer(
            host: LibvirtHealingHost(worker),
            probe: URLHealingProbe(),
            policy: Self.healingPolicy(configuration.value)
        )
        let reporter = HealingReporter(tracker: tracker, log: log, logger: logger)
        return HealingService(healer: healer) { count in
            Gauge(label: "hostler_healing_waiting").record(count)
        } report: { uuid, report in
            await reporter.take(uuid, report)
        }
    }

    private static func healingPolicy(_ settings: DaemonConfiguration) -> HealingPolicy {
        HealingPolicy(
            firstPause: settings.duration("healing.first_pause"),
            longestPause: settings.duration("healing.longest_pause"),
            giveUp: settings.duration("healing.give_up")
        )
    }

    /// The number of the group that may use the socket; `nil` for root alone.
    private func socketGroup(_ name: String) -> UInt32? {
        for candidate in [name, "hostler"] {
            if let group = getgrnam(candidate) { return group.pointee.gr_gid }
        }
        logger.warning("there is neither a group \(name) nor a group hostler: only root may use the socket")
        return nil
    }

    /// Each connection takes a descriptor.
    private func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 {
            logger.warning("the limit of open files stays at \(limit.rlim_cur)")
        }
    }
}

/// How many guests are in each state.
private enum GuestGauge {
    private static let counts = Mutex<[GuestState: Int]>([:])

    @Sendable
    static func moved(_ old: GuestRecord?, _ new: GuestRecord?) {
        let changed = counts.withLock { counts -> [(GuestState, Int)] in
            if let old { counts[old.state, default: 0] -= 1 }
            if let new { counts[new.state, default: 0] += 1 }
            return [old?.state, new?.state].compactMap { $0 }.map { ($0, counts[$0] ?? 0) }
        }
        for (state, count) in changed {
            Gauge(label: "hostler_guests", dimensions: [("state", state.rawValue)]).record(count)
        }
    }
}

/// Says what came of healing a guest: in its record, the event log, the metrics and the journal.
private struct HealingReporter: Sendable {
    let tracker: GuestTracker
    let log: EventLog
    let logger: Logger

    func take(_ uuid: String, _ report: HealingService.Report) async {
        let name = await tracker.record(uuid)?.name ?? uuid
        do {
            switch report {
            case .progress(let problem):
                let sentence = "waits for its boot ISO: \(problem)"
                logger.warning("guest \(name): \(sentence)")
                try await tell(uuid, name, .warn, "VM.HEAL", sentence, note: sentence)
            case .done(.resumed):
                count("resumed")
                logger.info("guest \(name): resumed, its boot ISO can be read again")
                try await tell(uuid, name, .info, "VM.HEAL", "resumed, its boot ISO can be read again", note: nil)
            case .done(.overtaken): count("overtaken")
            case .done(.notOurs): count("not_ours")
            case .done(.refused(let why)):
                count("refused")
                logger.error("guest \(name) stays paused: \(why)")
                try await tell(uuid, name, .error, "VM.HEAL", "stays paused: \(why)", note: why)
            case .done(.gaveUp(let problem)):
                count("gave_up")
                let sentence = "given up, it stays paused (virsh resume \(name)): \(problem)"
                logger.error("guest \(name): \(sentence)")
                try await tell(uuid, name, .error, "VM.HEAL", sentence, note: sentence)
            case .failed(let problem):
                count("failed")
                logger.error("guest \(name) cannot be resumed: \(problem)")
                try await tell(uuid, name, .error, "VM.HEAL", "cannot be resumed: \(problem)", note: problem)
            }
        } catch {
            logger.error("what happened to guest \(name) cannot be kept: \(GuestWatch.sentence(error))")
        }
    }

    private func count(_ outcome: String) {
        Counter(label: "hostler_healing_total", dimensions: [("outcome", outcome)]).increment()
    }

    private func tell(
        _ uuid: String,
        _ name: String,
        _ level: GuestEvent.Level,
        _ type: String,
        _ text: String,
        note: String?
    ) async throws {
        let record = await tracker.record(uuid)
        try log.append(
            GuestEvent(
                time: Timestamp.now(),
                uuid: uuid,
                guest: name,
                type: type,
                state: record?.state,
                source: .hostler,
                level: level,
                text: text
            )
        )
        if record != nil { try await tracker.apply(.note(note), uuid: uuid, name: name) }
    }
}

/// Runs the healing until the daemon stops.
private struct HealingRunner: Service {
    let healing: HealingService

    func run() async throws {
        await cancelWhenGracefulShutdown { await healing.run() }
    }
}

/// Tells systemd that the daemon is alive.
private struct Watchdog: Service {
    let manager: ServiceManager

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if manager.watchdog != nil { manager.tell("WATCHDOG=1") }
                do { try await Task.sleep(for: manager.watchdog ?? .seconds(3600)) } catch { return }
            }
        }
        manager.tell("STOPPING=1")
    }
}
