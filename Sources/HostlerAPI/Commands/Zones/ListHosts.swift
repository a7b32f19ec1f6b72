struct ListHosts: APICommand {
    let name = "listHosts"
    let summary = "lists the hosts that run guests"
    let since: String? = "2.2.0"
    let parameters =
        [
            APIParameter("id", .uuid, "only the host with this id"),
            APIParameter("name", .string, "only the host of this name"),
            APIParameter("zoneid", .uuid, "only the hosts of this zone"),
            APIParameter("state", .string, "only the hosts in this state: Up, Down, Disconnected"),
            APIParameter("type", .string, "only the hosts of this type, which all are Routing"),
            APIParameter("hypervisor", .string, "only the hosts of this hypervisor, which all are KVM"),
            APIParameter("virtualmachineid", .uuid, "only the host of this guest"),
        ] + Page.parameters
    let response = [
        ResponseField("id", "string", "the host's id"),
        ResponseField("name", "string", "its name"),
        ResponseField("state", "string", "Up, Down or Disconnected"),
        ResponseField("type", "string", "Routing: it runs guests"),
        ResponseField("ipaddress", "string", "its address"),
        ResponseField("zoneid", "string", "the zone that it is in"),
        ResponseField("zonename", "string", "that zone's name"),
        ResponseField("version", "string", "the release of Hostler on it"),
        ResponseField("hypervisor", "string", "KVM"),
        ResponseField("hypervisorversion", "string", "QEMU's version"),
        ResponseField("cpunumber", "integer", "how many processors it has"),
        ResponseField("cpuspeed", "integer", "their speed in MHz"),
        ResponseField("memorytotal", "integer", "its memory in bytes"),
        ResponseField("resourcestate", "string", "Enabled"),
        ResponseField("created", "date", "when it was first seen"),
        ResponseField("lastpinged", "date", "when it was last seen"),
    ]

    func run(_ call: APICall) async throws -> APIResult {
        let parameters = call.parameters
        func isWanted(_ parameter: String, _ value: String) -> Bool {
            parameters.text(parameter).map { $0.isEmpty || $0.lowercased() == value.lowercased() } ?? true
        }
        var hosts = try await call.context.zones.hosts().filter { host in
            isWanted("id", host.id) && isWanted("name", host.name) && isWanted("zoneid", host.zoneID)
                && isWanted("state", host.state) && isWanted("type", "Routing") && isWanted("hypervisor", "KVM")
        }
        if let id = parameters.text("virtualmachineid") {
            let guest = try await call.guest(id)
            hosts = hosts.filter { $0.id == guest.hostID }
        }
        let zones = try await call.context.zones.zones()
        return try call.list(key: "host", hosts, names: { [$0.name] }) { host in
            var object = APIObject()
            object.set("id", host.id)
            object.set("name", host.name)
            object.set("state", host.state)
            object.set("type", "Routing")
            object.set("ipaddress", host.address)
            object.set("zoneid", host.zoneID)
            object.set("zonename", zones.first { $0.id == host.zoneID }?.name)
            object.set("version", host.version)
            object.set("hypervisor", "KVM")
            object.set("hypervisorversion", host.hypervisorVersion)
            object.set("cpunumber", host.cpus)
            object.set("cpuspeed", host.cpuSpeed)
            object.set("memorytotal", host.memory)
            object.set("resourcestate", "Enabled")
            object.set("created", date: host.created)
            object.set("lastpinged", date: host.lastSeen)
            return object
        }
    }
}
