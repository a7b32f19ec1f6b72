internal import Foundation
internal import HostlerAPI
internal import LibvirtClient
internal import Operations
internal import StateStore

/// The API in this process, for what takes no daemon: the certificates.
enum OwnAPI {
    static func server() throws -> APIServer {
        if geteuid() != 0 {
            throw OperationError(.unreachable, "hostlerd does not run, and only root can do this without it")
        }
        let state = HostState.ofThisUser
        let store = try state.open()
        let zones = Zones(store: store)
        let zone = try zones.all().first ?? zones.zone(named: "default")
        let id = try hostID()
        let known = try zones.hosts().first { $0.id == id }
        let host = try zones.present(id: id, name: known?.name ?? Host.name(), zone: known?.zone ?? zone.id)
        let worker = LibvirtWorker(uri: nil, slots: 1)
        let settings = APISettings(version: Hostler.version, serverID: host.id, serverName: host.name)
        let certificates = HostCertificates(registry: CertificateRegistry(store: store)) {
            _ = try CertificateSync(
                store: store,
                zone: host.zone,
                host: host.id,
                installer: HostTrust(folder: state.folder + "/trust", usesSystem: false, leavesSystem: true)
            ).pass()
        }
        let stager = TemplateStager(
            state: state,
            records: TemplateRecords(store: store),
            fetcher: try SourceFetcher(state)
        )
        let context = APIContext(
            settings: settings,
            guests: HostGuests(
                records: { Array(try GuestTracker.read(store).values) },
                worker: worker,
                hostID: host.id
            ),
            lifecycle: HostLifecycle(worker: worker, staging: GuestStaging(stager: stager)),
            guestData: HostGuestData(worker: worker),
            zones: HostZones(zones: zones, worker: worker, hostID: host.id, version: Hostler.version),
            certificates: certificates,
            certificateHosts: certificates,
            templates: HostTemplates(stager: stager, worker: worker, hostName: host.name),
            events: HostEvents(log: EventLog(store: store, keep: 30 * 86_400)),
            configuration: NoConfiguration(),
            sshKeyPairs: SSHKeyPairs(store: store),
            jobs: JobRunner(jobs: Jobs(store: store), settings: settings)
        )
        return APIServer(
            context,
            authenticators: [PeerCredentials()],
            replays: ReplayGuard(store: store, window: settings.replayWindow)
        )
    }

    /// This host's id, as hostlerd has it.
    static func hostID() throws -> String {
        let machine = try Files.text("/etc/machine-id")?.split(whereSeparator: \.isWhitespace).first.map(String.init)
        return Zones.hostID(identity: machine ?? Host.name())
    }

    private struct NoConfiguration: ConfigurationService {
        func list() async throws -> [ConfigurationItem] { throw absent }
        func update(_ name: String, _ value: String) async throws -> ConfigurationItem { throw absent }
        private var absent: OperationError { OperationError(.unreachable, "hostlerd does not run") }
    }
}
