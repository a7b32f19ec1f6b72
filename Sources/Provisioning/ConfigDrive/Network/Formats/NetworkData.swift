/// OpenStack's network_data.json, as nova writes it and cloud-init reads it.
enum NetworkData {
    static let format = NetworkFormat(
        name: "OpenStack's network_data.json",
        recognizes: recognizes,
        read: read
    )

    @Sendable private static func recognizes(_ root: Field) -> Bool {
        (try? root.members())?.contains { ["links", "networks", "services"].contains($0.key) } ?? false
    }

    /// What nova and cloud-init call a NIC; which of them it is matters to the host alone.
    private static let physicalTypes = [
        "phy", "bridge", "cascading", "dvs", "ethernet", "hw_veb", "hyperv", "macvtap", "ovs", "physical", "tap",
        "vhostuser", "vif",
    ]

    @Sendable private static func read(_ root: Field, _ guest: GuestFacts) throws(ConfigDriveError) -> NetworkDraft {
        let fields = try root.fields(["links", "networks", "services"])
        var settings: [String: LinkSettings] = [:]
        var networks: [(id: String, link: Field)] = []
        let links = try linkIDs(fields)
        for field in try fields["networks"]?.items() ?? [] {
            let known = [
                "id", "link", "type", "ip_address", "netmask", "routes", "services", "dns_nameservers", "dns_search",
            ]
            let network = try field.fields(known, harmless: ["network_id"])
            let link = try field.required("link", in: network)
            if let id = try network["id"]?.text() { networks.append((id, field)) }
            try add(network, of: field, to: &settings[try link.text(), default: LinkSettings()])
            if try !links.contains(link.text()) {
                throw link.error("\(link.name) is \(shown(try link.text())), which is not the id of a link")
            }
        }
        var ids: Set<String> = []
        for (id, field) in networks where !ids.insert(id).inserted {
            throw field.error("two networks have the id \(shown(id)); rename one")
        }
        var draft = NetworkDraft()
        for field in try fields["links"]?.items() ?? [] { try add(field, settings, &draft) }
        try draft.share(services(fields["services"]), [], fields["services"]?.place ?? Place())
        return draft
    }

    private static func linkIDs(_ fields: [String: Field]) throws(ConfigDriveError) -> Set<String> {
        var ids: Set<String> = []
        for link in try fields["links"]?.items() ?? [] {
            if let id = try link.members().first(where: { $0.key == "id" }) { ids.insert(try id.field.text()) }
        }
        return ids
    }

    // MARK: Links

    private static func add(
        _ field: Field,
        _ all: [String: LinkSettings],
        _ draft: inout NetworkDraft
    ) throws(ConfigDriveError) {
        let parameters = Bond.Parameters.self
        let bondKeys = ["bond_links", "bond_mode"] + parameters.numberNames.values + parameters.wordNames.values
        let vlanKeys = ["vlan_id", "vlan_link", "vlan_mac_address"]
        let common = ["id", "type", "mtu", "ethernet_mac_address"]
        let members = try field.members()
        guard let type = try members.first(where: { $0.key == "type" })?.field.text() else {
            throw field.error("\(field.name) lacks 'type'")
        }
        let keys = type == "bond" ? bondKeys : type == "vlan" ? vlanKeys : ["name"]
        let fields = try field.fields(common + keys, harmless: ["vif_id"])
        let id = try field.required("id", in: fields).text()
        var settings = all[id] ?? LinkSettings()
        settings.mtu = try fields["mtu"]?.mtu()
        switch type {
        case "bond":
            try Field.checkInterfaceName(id, field)
            let interfaces = try field.required("bond_links", in: fields)
                .list { item throws(ConfigDriveError) in try item.text() }
            var given = parameters.init(mode: try field.required("bond_mode", in: fields).word(parameters.modes))
            for (name, key) in parameters.numberNames { given.numbers[name] = try fields[key]?.integer(0...1_000_000) }
            for (name, key) in parameters.wordNames {
                given.words[name] = try fields[key]?.word(parameters.words[name] ?? [])
            }
            let mac = try fields["ethernet_mac_address"]?.mac()
            draft.add(
                Bond(id: id, interfaces: interfaces, mac: mac, parameters: given, settings: settings),
                field.place
            )
        case "vlan":
            try Field.checkInterfaceName(id, field)
            let vlan = VLAN(
                id: id,
                number: try field.required("vlan_id", in: fields).integer(1...4094),
                link: try field.required("vlan_link", in: fields).text(),
                mac: try fields["vlan_mac_address"]?.mac(),
                settings: settings
            )
            draft.add(vlan, field.place)
        case _ where physicalTypes.contains(type):
            try NetworkConfigV2.checkID(id, field)
            let mac = try field.required("ethernet_mac_address", in: fields).mac()
            let name = try fields["name"]?.interfaceName()
            draft.add(Ethernet(id: id, mac: mac, setName: name, settings: settings), field.place)
        default:
            throw field.error("\(field.name) is of the type \(shown(type)), but has to be phy, bond or vlan")
        }
    }

    // MARK: Networks

    private static let types = [
        "ipv4", "ipv4_dhcp", "ipv6", "ipv6_dhcp", "ipv6_slaac", "ipv6_dhcpv6-stateful", "ipv6_dhcpv6-stateless",
    ]

    private static func add(
        _ network: [String: Field],
        of field: Field,
        to settings: inout LinkSettings
    ) throws(ConfigDriveError) {
        let type = try field.required("type", in: network).word(types)
        switch type {
        case "ipv4", "ipv6":
            let address = try field.required("ip_address", in: network)
            let hasPrefix = try address.text().contains("/")
            let prefix = try address.interfaceAddress(netmask: hasPrefix ? nil : field.required("netmask", in: network))
            if prefix.family != (type == "ipv4" ? .v4 : .v6) {
                throw address.error("\(address.name) is \(prefix.address.text), but the network is of the type \(type)")
            }
            settings.addresses.append(prefix)
        case "ipv4_dhcp": settings.dhcp4 = true
        case "ipv6_slaac": settings.acceptRA = true
        default: settings.dhcp6 = true
        }
        settings.routes += try network["routes"]?.list(route) ?? []
        var nameservers =
            try network["dns_nameservers"]?.list { item throws(ConfigDriveError) in try item.address() } ?? []
        nameservers += try services(network["services"])
        settings.nameservers += nameservers
        settings.search += try network["dns_search"]?.list { item throws(ConfigDriveError) in try item.domain() } ?? []
    }

    private static func route(_ field: Field) throws(ConfigDriveError) -> LinkSettings.Route {
        let fields = try field.fields(["network", "netmask", "gateway", "metric"], harmless: ["services"])
        return LinkSettings.Route(
            to: try field.required("network", in: fields)
                .destination(netmask: try field.required("netmask", in: fields)),
            via: try field.required("gateway", in: fields).gateway(),
            metric: try fields["metric"]?.integer(0...4_294_967_295)
        )
    }

    private static func services(_ field: Field?) throws(ConfigDriveError) -> [IPAddress] {
        try field?.list { item throws(ConfigDriveError) in
            let fields = try item.fields(["type", "address"])
            _ = try item.required("type", in: fields).word(["dns"])
            return try item.required("address", in: fields).address()
        } ?? []
    }
}
