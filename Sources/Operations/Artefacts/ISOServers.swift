package import LibvirtClient
internal import Provisioning

/// The servers of cached ISOs of this host.
package enum ISOServers {
    /// Those of guests that do not run: after a migration, say, of which no hook tells.
    package static func leftovers(_ connection: Connection) throws -> [Leftover] {
        let servers = try NBDServers().list().map(\.uuid)
        if servers.isEmpty { return [] }
        let active = Set(try connection.domains().filter { try $0.isActive() }.map { try $0.uuid().lowercased() })
        return servers.filter { !active.contains($0) }.map { uuid in
            Leftover("the server of the ISO of guest \(uuid)", "the guest does not run") { try NBDServers().stop(uuid) }
        }
    }
}
