package import LibvirtClient
package import Operations

/// The zones and hosts that share this host's state.
package struct HostZones: ZonesService {
    private let zones_: Zones
    private let worker: LibvirtWorker
    private let hostID: String
    private let version: String
    private let clock: @Sendable () -> Int
    private let silence: @Sendable () -> Int

    /// - Parameters:
    ///   - silence: after how many milliseconds without a sign of life another host counts as down. Each pass over its
    ///     certificates is one.
    ///   - hostID: of this host.
    ///   - version: Hostler's.
    package init(
        zones: Zones,
        worker: LibvirtWorker,
        hostID: String,
        version: String,
        silence: @escaping @Sendable () -> Int = { 3 * 3_600_000 },
        clock: @escaping @Sendable () -> Int = Timestamp.now
    ) {
        zones_ = zones
        self.worker = worker
        self.hostID = hostID
        self.version = version
        self.silence = silence
        self.clock = clock
    }

    package func zones() async throws -> [ZoneInfo] {
        try zones_.all().map { ZoneInfo(id: $0.id, name: $0.name) }
    }

    package func hosts() async throws -> [HostInfo] {
        var infos: [HostInfo] = []
        for host in try zones_.hosts() {
            let isHere = host.id == hostID
            var info = HostInfo(
                id: host.id,
                name: host.name,
                zoneID: host.zone,
                state: isHere || clock() - host.lastSeen < silence() ? "Up" : "Down",
                created: host.created,
                lastSeen: isHere ? clock() : host.lastSeen
            )
            if isHere {
                info.version = version
                do {
                    let (node, hypervisor) = try await worker.run { (try $0.node(), try $0.hypervisorVersion()) }
                    info.cpus = node.cpus
                    info.cpuSpeed = node.cpuSpeed
                    info.memory = Int(node.memory)
                    info.hypervisorVersion = "\(hypervisor)"
                } catch {
                    // The host is there all the same.
                    info.state = "Disconnected"
                }
            }
            infos.append(info)
        }
        return infos
    }
}
