/// What commands work with. Each service is a protocol of a few members, so that a test or another host can stand in.
package struct APIContext: Sendable {
    package var settings: APISettings
    package var registry: CommandRegistry
    package var guests: any GuestsService
    package var lifecycle: any GuestLifecycleService
    package var guestData: any GuestDataService
    package var zones: any ZonesService
    package var certificates: any CertificatesService
    package var certificateHosts: any CertificateHostsService
    package var templates: any TemplatesService
    package var events: any EventsService
    package var configuration: any ConfigurationService
    package var sshKeyPairs: SSHKeyPairs
    package var jobs: JobRunner

    package init(
        settings: APISettings,
        registry: CommandRegistry = .standard,
        guests: any GuestsService,
        lifecycle: any GuestLifecycleService,
        guestData: any GuestDataService,
        zones: any ZonesService,
        certificates: any CertificatesService,
        certificateHosts: any CertificateHostsService,
        templates: any TemplatesService,
        events: any EventsService,
        configuration: any ConfigurationService,
        sshKeyPairs: SSHKeyPairs,
        jobs: JobRunner
    ) {
        self.settings = settings
        self.registry = registry
        self.guests = guests
        self.lifecycle = lifecycle
        self.guestData = guestData
        self.zones = zones
        self.certificates = certificates
        self.certificateHosts = certificateHosts
        self.templates = templates
        self.events = events
        self.configuration = configuration
        self.sshKeyPairs = sshKeyPairs
        self.jobs = jobs
    }
}

/// What of the API an operator can set.
package struct APISettings: Equatable, Sendable {
    /// How many elements a list has at most, and a page of it; -1 for no bound (CloudStack's `default.page.size`).
    package var defaultPageSize = 500
    /// Whether a signed request has to say when it expires (as CloudStack's `enforce.post.requests.and.timestamps`).
    package var requiresExpiry = false
    /// Seconds for which a signed request without `expires` that changes something is not taken again.
    package var replayWindow = 60
    /// The release of CloudStack whose clients this API suits, as `listCapabilities` and XML answers say it.
    package var cloudStackVersion = "4.21.0.0"
    /// Hostler's own.
    package var version: String
    /// The id and the name of this daemon, as CloudStack's management server.
    package var serverID: String
    package var serverName: String

    package init(version: String, serverID: String, serverName: String) {
        self.version = version
        self.serverID = serverID
        self.serverName = serverName
    }
}
