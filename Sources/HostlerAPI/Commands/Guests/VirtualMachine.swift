/// A guest as the API shows it: CloudStack's `virtualmachine`, with what Hostler knows besides.
struct VirtualMachine {
    static let key = "virtualmachine"

    static let fields = [
        ResponseField("id", "string", "the guest's UUID"),
        ResponseField("name", "string", "its name in libvirt"),
        ResponseField("displayname", "string", "its title in libvirt, else its name"),
        ResponseField("instancename", "string", "its name in libvirt"),
        ResponseField("account", "string", "the account that it belongs to, which is admin"),
        ResponseField("domainid", "string", "the id of that account's domain"),
        ResponseField("domain", "string", "that domain, which is ROOT"),
        ResponseField("created", "date", "when Hostler first saw it"),
        ResponseField(
            "state",
            "string",
            "CloudStack's word: Running (also while paused), Stopped, Starting, Stopping, Migrating, Destroyed, Error"
        ),
        ResponseField(
            "gueststate",
            "string",
            "Hostler's word: defined, preparing, starting, running, paused, stopping, stopped, migrating, gone"
        ),
        ResponseField("statereason", "string", "why it is in this state"),
        ResponseField("since", "date", "since when"),
        ResponseField("zoneid", "string", "the zone that it is in"),
        ResponseField("zonename", "string", "that zone's name"),
        ResponseField("hostid", "string", "the host that it is on"),
        ResponseField("hostname", "string", "that host's name"),
        ResponseField("hypervisor", "string", "KVM"),
        ResponseField("cpunumber", "integer", "how many processors it has"),
        ResponseField("memory", "integer", "its memory in MiB"),
        ResponseField("haenable", "boolean", "false: nobody starts it elsewhere"),
        ResponseField("password", "string", "the new password, in the answer that made it alone"),
        ResponseField(
            "nic",
            "list",
            "its network interfaces",
            members: [
                ResponseField("id", "string", "the interface's id"),
                ResponseField("macaddress", "string", "its MAC address"),
                ResponseField("networkname", "string", "the network, bridge or device that it is at"),
                ResponseField("ipaddress", "string", "its first IPv4 address"),
                ResponseField("ip6address", "string", "its first IPv6 address"),
                ResponseField("isdefault", "boolean", "whether it is the first one"),
            ]
        ),
        ResponseField(
            "artefact",
            "list",
            "what Hostler holds for it",
            members: [
                ResponseField("role", "string", "what for: httpsisoboot, configdrive, ..."),
                ResponseField("source", "string", "the file or URL"),
                ResponseField("since", "date", "since when"),
            ]
        ),
    ]

    let guest: GuestInfo
    let host: HostInfo?
    let zone: ZoneInfo?

    var object: APIObject {
        var object = APIObject()
        object.set("id", guest.uuid)
        object.set("name", guest.name)
        object.set("displayname", guest.title ?? guest.name)
        object.set("instancename", guest.name)
        object.set("account", Caller.account)
        object.set("domainid", Caller.domainID)
        object.set("domain", Caller.domain)
        object.set("created", date: guest.created)
        object.set("state", state)
        object.set("gueststate", guest.state)
        object.set("statereason", guest.reason)
        object.set("since", date: guest.since)
        object.set("zoneid", zone?.id)
        object.set("zonename", zone?.name)
        object.set("hostid", guest.hostID)
        object.set("hostname", host?.name)
        object.set("hypervisor", guest.hypervisor)
        object.set("cpunumber", guest.cpus)
        object.set("memory", guest.memory)
        object.set("haenable", false)
        // Clients go through it without looking whether it is there.
        object.set("nic", guest.nics.enumerated().map { nic($0.element, isFirst: $0.offset == 0) })
        if !guest.artefacts.isEmpty { object.set("artefact", guest.artefacts.map(artefact)) }
        return object
    }

    /// CloudStack's word for the state; its clients know no others. A paused guest has its memory and its devices, which is
    /// what Running means to them.
    var state: String {
        switch guest.state {
        case "defined", "stopped": "Stopped"
        case "preparing", "starting": "Starting"
        case "running", "paused": "Running"
        case "stopping": "Stopping"
        case "migrating": "Migrating"
        case "gone": "Destroyed"
        default: "Error"
        }
    }

    private func nic(_ nic: GuestInfo.NIC, isFirst: Bool) -> APIObject {
        var object = APIObject()
        // libvirt gives interfaces no id of their own, and one guest has no MAC address twice.
        object.set("id", "\(guest.uuid)-\(nic.mac.replacing(":", with: ""))")
        object.set("macaddress", nic.mac)
        object.set("networkname", nic.network)
        object.set("ipaddress", nic.addresses.first { !$0.contains(":") })
        object.set("ip6address", nic.addresses.first { $0.contains(":") })
        object.set("isdefault", isFirst)
        return object
    }

    private func artefact(_ artefact: GuestInfo.Artefact) -> APIObject {
        var object = APIObject()
        object.set("role", artefact.role)
        object.set("source", artefact.source)
        object.set("since", date: artefact.since)
        return object
    }
}

extension APICall {
    /// The guest of a parameter.
    func guest(_ id: String) async throws -> GuestInfo {
        if let guest = try await context.guests.guest(id), guest.state != "gone" { return guest }
        throw APIError.parameter("there is no virtual machine '\(id)'; listVirtualMachines lists those there are")
    }

    /// The guest that the parameter `id` names, as a job is about it.
    func guestSubject() async throws -> JobSubject {
        JobSubject(type: "VirtualMachine", id: try await guest(parameters.required("id")).uuid)
    }

    /// The guest that the parameter `id` names, as it is now.
    ///
    /// - Parameter change: puts more into the answer.
    func guestAnswer(_ change: (inout APIObject) -> Void = { _ in }) async throws -> APIResult {
        let guest = try await guest(parameters.required("id"))
        let host = try await context.zones.hosts().first { $0.id == guest.hostID }
        let zone = try await context.zones.zones().first { $0.id == host?.zoneID }
        var object = VirtualMachine(guest: guest, host: host, zone: zone).object
        change(&object)
        return .object(key: VirtualMachine.key, object)
    }
}
