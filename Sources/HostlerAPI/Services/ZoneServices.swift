/// A zone: the hosts that have the same certificates.
package struct ZoneInfo: Equatable, Sendable {
    package var id: String
    package var name: String
    package var description: String?

    package init(id: String, name: String, description: String? = nil) {
        self.id = id
        self.name = name
        self.description = description
    }
}

/// A host that runs guests.
package struct HostInfo: Equatable, Sendable {
    package var id: String
    package var name: String
    package var zoneID: String
    /// CloudStack's word: `Up`, `Down`, `Disconnected`.
    package var state: String
    package var address: String?
    package var hypervisorVersion: String?
    /// Hostler's version on it.
    package var version: String?
    package var cpus: Int?
    /// MHz.
    package var cpuSpeed: Int?
    /// Bytes.
    package var memory: Int?
    /// Milliseconds since 1970 UTC.
    package var created: Int?
    package var lastSeen: Int?

    package init(
        id: String,
        name: String,
        zoneID: String,
        state: String = "Up",
        address: String? = nil,
        hypervisorVersion: String? = nil,
        version: String? = nil,
        cpus: Int? = nil,
        cpuSpeed: Int? = nil,
        memory: Int? = nil,
        created: Int? = nil,
        lastSeen: Int? = nil
    ) {
        self.id = id
        self.name = name
        self.zoneID = zoneID
        self.state = state
        self.address = address
        self.hypervisorVersion = hypervisorVersion
        self.version = version
        self.cpus = cpus
        self.cpuSpeed = cpuSpeed
        self.memory = memory
        self.created = created
        self.lastSeen = lastSeen
    }
}

/// The zones and hosts that there are; there is one of each at least.
package protocol ZonesService: Sendable {
    func zones() async throws -> [ZoneInfo]
    func hosts() async throws -> [HostInfo]
}
