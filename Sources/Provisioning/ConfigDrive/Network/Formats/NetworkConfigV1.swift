/// cloud-init's network-config version 1, which is curtin's format, as YAML or JSON.
enum NetworkConfigV1 {
    static let format = NetworkFormat(
        name: "cloud-init's network-config version 1",
        recognizes: recognizes,
        read: read
    )

    @Sendable private static func recognizes(_ root: Field) -> Bool {
        let members = NetworkConfigV2.membersOfNetwork(root)
        if let version = members.first(where: { $0.key == "version" }) { return (try? version.field.text()) == "1" }
        return members.contains { $0.key == "config" }
    }

    @Sendable private static func read(_ root: Field, _ guest: GuestFacts) throws(ConfigDriveError) -> NetworkDraft {
        let network = try NetworkConfigV2.unwrapped(root)
        let fields = try network.fields(["config"], harmless: ["version"])
        var reader = Reader(guest: guest)
        let items = try network.required("config", in: fields).items()
        for item in items { try reader.readLink(item) }
        // What belongs to links comes after all of them, wherever it stands.
        for item in items { try reader.readShared(item) }
        return reader.draft
    }

    private struct Reader {
        let guest: GuestFacts
        var draft = NetworkDraft()

        private func type(_ item: Field) throws(ConfigDriveError) -> String {
            guard let type = try item.members().first(where: { $0.key == "type" }) else {
                throw item.error("\(item.name) lacks 'type'")
            }
            return try type.field.word(["physical", "bond", "vlan", "nameserver", "route", "bridge", "loopback"])
        }

        // MARK: Links

        mutating func readLink(_ item: Field) throws(ConfigDriveError) {
            let common = ["type", "name", "mac_address", "mtu", "subnets", "accept-ra"]
            switch try type(item) {
            case "physical":
                let fields = try item.fields(common)
                let name = try item.required("name", in: fields)
                let id = try name.interfaceName()
                let mac = try fields["mac_address"]?.mac()
                let found =
                    if let mac { mac } else { try guest.mac(ofUnmatched: name, id, hint: "'mac_address: …'") }
                draft.add(
                    Ethernet(
                        id: id,
                        mac: found,
                        // cloud-init renames the NIC of that MAC.
                        setName: mac == nil ? nil : id,
                        settings: try settings(fields)
                    ),
                    item.place
                )
            case "bond":
                let fields = try item.fields(common + ["bond_interfaces", "params"])
                let interfaces = try item.required("bond_interfaces", in: fields)
                draft.add(
                    Bond(
                        id: try item.required("name", in: fields).interfaceName(),
                        interfaces: try interfaces.list { item throws(ConfigDriveError) in try item.text() },
                        mac: try fields["mac_address"]?.mac(),
                        parameters: try parameters(item.required("params", in: fields)),
                        settings: try settings(fields)
                    ),
                    item.place
                )
            case "vlan":
                let fields = try item.fields(common + ["vlan_id", "vlan_link"])
                draft.add(
                    VLAN(
                        id: try item.required("name", in: fields).interfaceName(),
                        number: try item.required("vlan_id", in: fields).integer(1...4094),
                        link: try item.required("vlan_link", in: fields).text(),
                        mac: try fields["mac_address"]?.mac(),
                        settings: try settings(fields)
                    ),
                    item.place
                )
            case "bridge": throw item.error("\(item.name) is a bridge, which cannot be told by a config drive")
            default: break
            }
        }

        /// Bond parameters by the names of ifenslave, with hyphens or underscores.
        private func parameters(_ field: Field) throws(ConfigDriveError) -> Bond.Parameters {
            let kinds = Bond.Parameters.self
            let names = ["bond_mode"] + kinds.numberNames.values + kinds.wordNames.values
            let given = try field.fields(names + names.map { $0.replacing("_", with: "-") })
            func value(_ name: String) -> Field? { given[name] ?? given[name.replacing("_", with: "-")] }
            guard let mode = value("bond_mode") else { throw field.error("\(field.name) lacks 'bond-mode'") }
            var result = Bond.Parameters(mode: try mode.word(kinds.modes))
            for (name, key) in kinds.numberNames { result.numbers[name] = try value(key)?.integer(0...1_000_000) }
            for (name, key) in kinds.wordNames { result.words[name] = try value(key)?.word(kinds.words[name] ?? []) }
            return result
        }

        private func settings(_ fields: [String: Field]) throws(ConfigDriveError) -> LinkSettings {
            var settings = LinkSettings()
            settings.mtu = try fields["mtu"]?.mtu()
            settings.acceptRA = try fields["accept-ra"]?.bool()
            for subnet in try fields["subnets"]?.items() ?? [] { try add(subnet, to: &settings) }
            return settings
        }

        private func add(_ subnet: Field, to settings: inout LinkSettings) throws(ConfigDriveError) {
            let known = ["type", "address", "netmask", "gateway", "dns_nameservers", "dns_search", "routes", "control"]
            let fields = try subnet.fields(known, harmless: ["ipv4", "ipv6"])
            _ = try fields["control"]?.word(["auto"])
            let types = [
                "dhcp", "dhcp4", "dhcp6", "static", "static6", "manual", "ipv6_slaac", "ipv6_dhcpv6-stateful",
                "ipv6_dhcpv6-stateless",
            ]
            switch try subnet.required("type", in: fields).word(types) {
            case "dhcp", "dhcp4": settings.dhcp4 = true
            case "static", "static6":
                let address = try subnet.required("address", in: fields)
                settings.addresses.append(try address.interfaceAddress(netmask: fields["netmask"]))
            case "manual": break
            case "ipv6_slaac": settings.acceptRA = true
            default: settings.dhcp6 = true
            }
            if let gateway = try fields["gateway"]?.gateway() {
                settings.routes.append(LinkSettings.Route(to: .everything(gateway.family), via: gateway))
            }
            settings.routes +=
                try fields["routes"]?.list { item throws(ConfigDriveError) in
                    try route(item, ["destination", "network"])
                } ?? []
            settings.nameservers +=
                try fields["dns_nameservers"]?.oneOrMore { item throws(ConfigDriveError) in
                    try item.address()
                } ?? []
            settings.search +=
                try fields["dns_search"]?.oneOrMore { item throws(ConfigDriveError) in
                    try item.domain()
                } ?? []
        }

        private func route(_ item: Field, _ keys: [String]) throws(ConfigDriveError) -> LinkSettings.Route {
            let fields = try item.fields(keys + ["netmask", "gateway", "metric"], harmless: ["type"])
            guard let to = keys.lazy.compactMap({ fields[$0] }).first else {
                throw item.error("\(item.name) lacks '\(keys[0])'")
            }
            return LinkSettings.Route(
                to: try to.destination(netmask: fields["netmask"]),
                via: try item.required("gateway", in: fields).gateway(),
                metric: try fields["metric"]?.integer(0...4_294_967_295)
            )
        }

        // MARK: What belongs to links

        mutating func readShared(_ item: Field) throws(ConfigDriveError) {
            switch try type(item) {
            case "nameserver":
                let fields = try item.fields(["type", "address", "search", "interface"])
                let nameservers = try item.required("address", in: fields)
                    .oneOrMore { item throws(ConfigDriveError) in try item.address() }
                let search =
                    try fields["search"]?.oneOrMore { item throws(ConfigDriveError) in try item.domain() } ?? []
                guard let interface = fields["interface"] else {
                    return try draft.share(nameservers, search, item.place)
                }
                let id = try link(interface)
                draft.updateSettings { other, settings in
                    if other != id { return }
                    settings.nameservers += nameservers
                    settings.search += search
                }
            case "route":
                let route = try route(item, ["destination"])
                let carriers = draft.settings.filter { $0.settings.addresses.contains { $0.contains(route.via) } }
                guard carriers.count == 1 else {
                    throw item.error(
                        "\(item.name) goes through \(route.via.text), which is in the network of "
                            + (carriers.isEmpty ? "no interface" : "several interfaces")
                            + "; put the route into a subnet"
                    )
                }
                draft.updateSettings { id, settings in if id == carriers[0].id { settings.routes.append(route) } }
            default: break
            }
        }

        private func link(_ field: Field) throws(ConfigDriveError) -> String {
            let id = try field.text()
            if !draft.settings.contains(where: { $0.id == id }) {
                throw field.error("\(field.name) is \(shown(id)), which is not an interface of the file")
            }
            return id
        }
    }
}

extension Field {
    /// A list, or one text with blanks between the values.
    fileprivate func oneOrMore<Value>(
        _ read: (Field) throws(ConfigDriveError) -> Value
    ) throws(ConfigDriveError) -> [Value] {
        if isList { return try list(read) }
        var result: [Value] = []
        for word in try text().split(separator: " ") { result.append(try read(replaced(with: String(word)))) }
        return result
    }
}
