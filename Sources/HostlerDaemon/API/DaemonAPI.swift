internal import HostlerAPI
internal import LibvirtClient
internal import Logging
internal import Metrics
internal import Operations
internal import ServiceLifecycle
internal import StateStore

/// The API over this daemon's parts, and its jobs.
struct DaemonAPI: Service {
    let endpoint: APIEndpoint
    private let context: APIContext
    private let jobs: JobRunner
    private let log: EventLog
    private let tracker: GuestTracker
    private let logger: Logger
    private let changes: AsyncStream<APIObservation>

    init(
        store: StateStore,
        log: EventLog,
        tracker: GuestTracker,
        lifecycle: LibvirtWorker,
        lists: LibvirtWorker,
        watch: GuestWatch,
        host: HostRecord,
        certificates: CertificateKeeper,
        stager: TemplateStager,
        configuration: CurrentConfiguration,
        logger: Logger
    ) {
        var settings = APISettings(version: Version.text, serverID: host.id, serverName: host.name)
        settings.defaultPageSize = configuration.value.number("page.size")
        let (changes, queue) = AsyncStream.makeStream(
            of: APIObservation.self,
            bufferingPolicy: .bufferingNewest(10_000)
        )
        (self.log, self.tracker, self.logger, self.changes) = (log, tracker, logger, changes)
        jobs = JobRunner(
            jobs: Jobs(store: store),
            settings: settings,
            retention: configuration.value.duration("jobs.keep"),
            fault: { logger.error("what came of a job cannot be kept: \(GuestWatch.sentence($0))") }
        )
        let zones = Zones(store: store)
        let hostCertificates = HostCertificates(registry: CertificateRegistry(store: store)) {
            await certificates.pass()
        }
        context = APIContext(
            settings: settings,
            guests: HostGuests(records: { await tracker.all }, worker: lists, hostID: host.id),
            lifecycle: HostLifecycle(worker: lifecycle, staging: GuestStaging(stager: stager)) {
                await watch.refresh($0)
            },
            guestData: HostGuestData(worker: lifecycle),
            zones: HostZones(
                zones: zones,
                worker: lists,
                hostID: host.id,
                version: Version.text,
                silence: { 3 * configuration.value.seconds("certificates.interval") * 1000 }
            ),
            certificates: hostCertificates,
            certificateHosts: hostCertificates,
            templates: HostTemplates(stager: stager, worker: lists, hostName: host.name),
            events: HostEvents(log: log),
            configuration: DaemonSettings(configuration: configuration) {
                StderrLog.set(level: configuration.value.text("log.level"))
                await certificates.pass()
            },
            sshKeyPairs: SSHKeyPairs(store: store),
            jobs: jobs
        )
        endpoint = APIEndpoint(
            server: APIServer(
                context,
                authenticators: [PeerCredentials(), APIKeyAuthenticator(APIKeys(store: store))],
                replays: ReplayGuard(store: store, window: settings.replayWindow),
                observer: { observation in
                    Self.note(observation, logger)
                    if observation.change != nil && observation.status == 200 { queue.yield(observation) }
                }
            )
        )
    }

    func run() async throws {
        let (context, jobs) = (context, jobs)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await withGracefulShutdownHandler {
                    try await jobs.run(context)
                } onGracefulShutdown: {
                    jobs.stop()
                }
            }
            group.addTask { for await change in changes { await tell(change) } }
            // The jobs alone say when this is over.
            try await group.next()
            group.cancelAll()
        }
    }

    /// Who has asked for what, as an event.
    private func tell(_ change: APIObservation) async {
        guard let command = change.command, let type = change.change else { return }
        let guest = if let resource = change.resource { await tracker.record(resource) } else { nil as GuestRecord? }
        do {
            try log.append(
                GuestEvent(
                    time: Timestamp.now(),
                    uuid: guest?.uuid ?? "",
                    guest: guest?.name ?? "",
                    type: type,
                    state: guest?.state,
                    source: .api,
                    text: "\(command) is asked for by \(change.caller?.name ?? "nobody")"
                )
            )
        } catch {
            logger.error("who has asked for \(command) cannot be kept: \(GuestWatch.sentence(error))")
        }
    }

    private static func note(_ observation: APIObservation, _ logger: Logger) {
        let command = observation.command ?? "unknown"
        Counter(
            label: "hostler_api_requests_total",
            dimensions: [("command", command), ("status", String(observation.status))]
        ).increment()
        let (seconds, attoseconds) = observation.duration.components
        Timer(label: "hostler_api_request_seconds").recordNanoseconds(
            seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        )
        let caller = observation.caller?.name ?? "\(observation.origin)"
        if let error = observation.error {
            logger.notice("\(command) of \(caller): \(observation.status) \(error)")
        } else {
            logger.debug("\(command) of \(caller): \(observation.status)")
        }
    }
}
