internal import FoundationEssentials

/// Writes OpenStack's network_data.json: valid against nova's schema, and such that cloud-init and cloudbase-init both take
/// all of it.
///
/// Routes of a metric, `name`, `dns_nameservers` and `dns_search` are cloud-init's own, which the schema neither knows nor
/// forbids; cloudbase-init has name servers from each network's `services`.
struct NetworkDataWriter {
    private let configuration: NetworkConfiguration
    private var networks: [Network] = []

    init(_ configuration: NetworkConfiguration) throws(ConfigDriveError) {
        self.configuration = configuration
        for link in configuration.ethernets { try add(link.id, link.settings) }
        for link in configuration.bonds { try add(link.id, link.settings) }
        for link in configuration.vlans { try add(link.id, link.settings) }
    }

    func bytes() throws(ConfigDriveError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(File(links: links, networks: networks, services: []))) + [
                UInt8(ascii: "\n")
            ]
        } catch {
            throw ConfigDriveError(.library, "network_data.json cannot be written: \(error)")
        }
    }

    // MARK: The file

    private struct File: Encodable {
        let links: [Link]
        let networks: [Network]
        /// Name servers for all links alike, which no link of ours wants.
        let services: [Service]
    }

    private struct Service: Encodable {
        let type = "dns"
        let address: String
    }

    private struct Route: Encodable {
        let network: String
        let netmask: String
        let gateway: String
        let metric: Int?
    }

    private struct Network: Encodable {
        let id: String
        let link: String
        let network_id: String
        let type: String
        var ip_address: String?
        var netmask: String?
        var routes: [Route]?
        var dns_nameservers: [String]?
        var dns_search: [String]?
        var services: [Service]?
    }

    private struct Link: Encodable {
        let id: String
        let type: String
        var name: String?
        var mtu: Int?
        var ethernet_mac_address: String?
        var vlan_id: Int?
        var vlan_link: String?
        var vlan_mac_address: String?
        var bond_mode: String?
        var bond_links: [String]?
        var bond_miimon: Int?
        var bond_updelay: Int?
        var bond_downdelay: Int?
        var bond_min_links: Int?
        var bond_lacp_rate: String?
        var bond_xmit_hash_policy: String?
    }

    // MARK: Links

    private var links: [Link] {
        configuration.ethernets.map { ethernet in
            Link(
                id: ethernet.id,
                type: "phy",
                name: ethernet.setName,
                mtu: ethernet.settings.mtu,
                ethernet_mac_address: ethernet.mac
            )
        }
            + configuration.bonds.map { bond in
                Link(
                    id: bond.id,
                    type: "bond",
                    mtu: bond.settings.mtu,
                    ethernet_mac_address: configuration.mac(of: bond.id),
                    bond_mode: bond.parameters.mode,
                    bond_links: bond.interfaces,
                    bond_miimon: bond.parameters.numbers["mii-monitor-interval"],
                    bond_updelay: bond.parameters.numbers["up-delay"],
                    bond_downdelay: bond.parameters.numbers["down-delay"],
                    bond_min_links: bond.parameters.numbers["min-links"],
                    bond_lacp_rate: bond.parameters.words["lacp-rate"],
                    bond_xmit_hash_policy: bond.parameters.words["transmit-hash-policy"]
                )
            }
            + configuration.vlans.map { vlan in
                Link(
                    id: vlan.id,
                    type: "vlan",
                    mtu: vlan.settings.mtu,
                    vlan_id: vlan.number,
                    vlan_link: vlan.link,
                    vlan_mac_address: vlan.mac ?? configuration.mac(of: vlan.link)
                )
            }
    }

    // MARK: Networks

    /// Static addresses come first, since cloud-init decides about router advertisements by the last network of a link.
    private mutating func add(_ link: String, _ settings: LinkSettings) throws(ConfigDriveError) {
        try checkExpressible(link, settings)
        for (index, prefix) in settings.addresses.enumerated() {
            let family = prefix.family
            var network = network(link, family == .v4 ? "ipv4" : "ipv6")
            network.ip_address = prefix.address.text
            network.netmask = prefix.netmask.text
            if index == settings.addresses.firstIndex(where: { $0.family == family }) {
                let routes = settings.routes.filter { $0.to.family == family }.map(route)
                network.routes = routes.isEmpty ? nil : routes
                let services = settings.nameservers.filter {
                    $0.family == family || !settings.has($0.family) && index == 0
                }
                network.services = services.isEmpty ? nil : services.map { Service(address: $0.text) }
            }
            if index == 0 {
                network.dns_nameservers = settings.nameservers.isEmpty ? nil : settings.nameservers.map(\.text)
                network.dns_search = settings.search.isEmpty ? nil : settings.search
            }
            networks.append(network)
        }
        if settings.dhcp4 { networks.append(network(link, "ipv4_dhcp")) }
        if settings.dhcp6 { networks.append(network(link, "ipv6_dhcp")) }
        if settings.acceptRA == true && !settings.dhcp6 { networks.append(network(link, "ipv6_slaac")) }
    }

    private func network(_ link: String, _ type: String) -> Network {
        let id = "network\(networks.count)"
        return Network(id: id, link: link, network_id: id, type: type)
    }

    private func route(_ route: LinkSettings.Route) -> Route {
        Route(
            network: route.to.address.text,
            netmask: route.to.netmask.text,
            gateway: route.via.text,
            metric: route.metric
        )
    }

    private func checkExpressible(_ link: String, _ settings: LinkSettings) throws(ConfigDriveError) {
        func complaint(_ what: String) -> ConfigDriveError {
            ConfigDriveError(
                .badInput,
                "\(shown(link)) has \(what), which OpenStack's network_data.json cannot tell; leave that out or make a "
                    + "NoCloud drive"
            )
        }
        if settings.addresses.isEmpty && !(settings.nameservers.isEmpty && settings.search.isEmpty) {
            throw complaint("name servers or search domains without a static address")
        }
        for route in settings.routes {
            let family = route.to.family
            if route.onLink { throw complaint("a route with 'on-link'") }
            if !settings.has(family) {
                throw complaint("an \(family.name) route without a static \(family.name) address")
            }
        }
        switch settings.acceptRA {
        case true? where settings.has(.v6): throw complaint("'accept-ra: true' beside a static IPv6 address")
        case false? where settings.dhcp6: throw complaint("'accept-ra: false' beside DHCPv6")
        case false? where !settings.has(.v6): throw complaint("'accept-ra: false' without a static IPv6 address")
        default: break
        }
    }
}
