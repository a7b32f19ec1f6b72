struct ListVirtualMachines: APICommand {
    let name = "listVirtualMachines"
    let summary = "lists the guests, with their states and what is held for them"
    let since: String? = "2.2.0"
    let parameters =
        [
            APIParameter("id", .uuid, "only the guest with this UUID, even where it is gone"),
            APIParameter("ids", .list, "only the guests with these UUIDs", length: 65_536),
            APIParameter("name", .string, "only the guest of this name"),
            APIParameter(
                "state",
                .string,
                "only the guests in this state, by CloudStack's word or Hostler's; Present for all that are not gone"
            ),
            APIParameter("zoneid", .uuid, "only the guests in this zone"),
            APIParameter("hostid", .uuid, "only the guests on this host"),
            APIParameter("hypervisor", .string, "only the guests of this hypervisor, which all are KVM"),
        ] + Page.parameters
    let response = VirtualMachine.fields

    func run(_ call: APICall) async throws -> APIResult {
        let hosts = try await call.context.zones.hosts()
        let zones = try await call.context.zones.zones()
        let machines = try await call.context.guests.list().map { guest in
            let host = hosts.first { $0.id == guest.hostID }
            return VirtualMachine(guest: guest, host: host, zone: zones.first { $0.id == host?.zoneID })
        }
        let parameters = call.parameters
        let found = machines.filter { isWanted($0, parameters) }
        return try call.list(
            key: VirtualMachine.key,
            found.sorted { ($0.guest.name, $0.guest.uuid) < ($1.guest.name, $1.guest.uuid) },
            names: { [$0.guest.name, $0.guest.title] },
            \.object
        )
    }

    private func isWanted(_ machine: VirtualMachine, _ parameters: APIParameters) -> Bool {
        func isWanted(_ parameter: String, _ values: String?...) -> Bool {
            guard let wanted = parameters.text(parameter)?.lowercased(), !wanted.isEmpty else { return true }
            return values.contains { $0?.lowercased() == wanted }
        }
        let guest = machine.guest
        let ids = parameters.list("ids").map { $0.lowercased() }
        let isPresent = guest.state != "gone"
        guard isWanted("id", guest.uuid), ids.isEmpty || ids.contains(guest.uuid),
            isWanted("name", guest.name, guest.title), isWanted("zoneid", machine.zone?.id),
            isWanted("hostid", guest.hostID), isWanted("hypervisor", guest.hypervisor)
        else { return false }
        guard parameters.text("state") == nil else {
            return isWanted("state", machine.state, guest.state, isPresent ? "Present" : nil)
        }
        return isPresent || parameters.text("id") != nil
    }
}
