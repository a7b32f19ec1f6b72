/// What the API shows of a guest.
package struct GuestInfo: Equatable, Sendable {
    /// An interface of the guest.
    package struct NIC: Equatable, Sendable {
        package var mac: String
        /// libvirt's network, or the bridge or device of the host.
        package var network: String?
        package var addresses: [String]

        package init(mac: String, network: String? = nil, addresses: [String] = []) {
            self.mac = mac
            self.network = network
            self.addresses = addresses
        }
    }

    /// Something that Hostler holds for the guest.
    package struct Artefact: Equatable, Sendable {
        /// `httpsisoboot`, `configdrive`, …
        package var role: String
        package var source: String?
        /// Milliseconds since 1970 UTC.
        package var since: Int?

        package init(role: String, source: String? = nil, since: Int? = nil) {
            self.role = role
            self.source = source
            self.since = since
        }
    }

    /// In lower case.
    package var uuid: String
    package var name: String
    /// libvirt's `<title>`.
    package var title: String?
    /// Hostler's word: `defined`, `preparing`, `starting`, `running`, `paused`, `stopping`, `stopped`, `migrating`, `gone`.
    package var state: String
    /// Why it is in this state, for people.
    package var reason: String?
    /// Since when, in milliseconds since 1970 UTC.
    package var since: Int?
    /// When Hostler saw it first.
    package var created: Int?
    package var cpus: Int?
    /// MiB.
    package var memory: Int?
    package var hypervisor: String
    package var hostID: String
    package var nics: [NIC]
    package var artefacts: [Artefact]

    package init(
        uuid: String,
        name: String,
        title: String? = nil,
        state: String,
        reason: String? = nil,
        since: Int? = nil,
        created: Int? = nil,
        cpus: Int? = nil,
        memory: Int? = nil,
        hypervisor: String = "KVM",
        hostID: String,
        nics: [NIC] = [],
        artefacts: [Artefact] = []
    ) {
        self.uuid = uuid
        self.name = name
        self.title = title
        self.state = state
        self.reason = reason
        self.since = since
        self.created = created
        self.cpus = cpus
        self.memory = memory
        self.hypervisor = hypervisor
        self.hostID = hostID
        self.nics = nics
        self.artefacts = artefacts
    }
}

/// The guests that there are.
package protocol GuestsService: Sendable {
    /// Those that are there now, and those that are gone as long as something is kept of them.
    func list() async throws -> [GuestInfo]
    /// - Parameter uuid: in lower case.
    /// - Returns: `nil` where there is no such guest.
    func guest(_ uuid: String) async throws -> GuestInfo?
}

/// How guests are started and stopped. Each call returns when it is done, however long that takes.
package protocol GuestLifecycleService: Sendable {
    /// - Parameters:
    ///   - once: properties for this start alone.
    ///   - progress: is told how far it is.
    func start(_ uuid: String, once: [String: String], progress: @Sendable (String) -> Void) async throws
    /// - Parameter forced: pulls the plug; else the guest is asked to shut down and waited for.
    func stop(_ uuid: String, forced: Bool, progress: @Sendable (String) -> Void) async throws
    func reboot(_ uuid: String, forced: Bool, progress: @Sendable (String) -> Void) async throws
}

/// What a guest's config drive tells it.
package protocol GuestDataService: Sendable {
    func updateUserData(_ uuid: String, _ data: [UInt8]) async throws
    /// - Parameter password: one is made up unless given.
    /// - Returns: the password that the guest takes over at its next start.
    func resetPassword(_ uuid: String, _ password: String?) async throws -> String
    /// - Parameter keys: lines of an `authorized_keys` file, instead of those that the drive has.
    func resetSSHKeys(_ uuid: String, _ keys: [String]) async throws
}
