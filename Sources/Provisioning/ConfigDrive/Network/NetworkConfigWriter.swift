internal import Yams

/// Writes cloud-init's network-config version 2.
///
/// Texts are quoted, since PyYAML would take many a MAC for a number to base 60.
///
/// Default routes are routes where they can be: netplan and cloud-init have deprecated `gateway4` and `gateway6`. The
/// destination is spelled out, since cloud-init 22.4 fails at `default`; and where it does not hand the file on to netplan
/// but renders it for other tools, it takes `::/0` for `::/64`, so that IPv6 needs its `gateway6` all the same, and drops
/// metrics.
struct NetworkConfigWriter {
    private let configuration: NetworkConfiguration

    init(_ configuration: NetworkConfiguration) {
        self.configuration = configuration
    }

    func bytes() throws(ConfigDriveError) -> [UInt8] {
        var root = [("version", plain(2))]
        if !configuration.ethernets.isEmpty {
            root.append(("ethernets", mapping(configuration.ethernets.map(ethernet))))
        }
        if !configuration.bonds.isEmpty { root.append(("bonds", mapping(configuration.bonds.map(bond)))) }
        if !configuration.vlans.isEmpty { root.append(("vlans", mapping(configuration.vlans.map(vlan)))) }
        do {
            return Array(try serialize(node: mapping(root), indent: 2, width: -1).utf8)
        } catch {
            throw ConfigDriveError(.library, "network-config cannot be written: \(error)")
        }
    }

    // MARK: Links

    private func ethernet(_ link: Ethernet) -> (String, Node) {
        var pairs = [("match", mapping([("macaddress", quoted(link.mac))]))]
        if let name = link.setName { pairs.append(("set-name", quoted(name))) }
        return (link.id, mapping(pairs + settings(link.settings)))
    }

    private func bond(_ link: Bond) -> (String, Node) {
        var parameters = [("mode", quoted(link.parameters.mode))]
        for (name, number) in link.parameters.numbers.sorted(by: { $0.key < $1.key }) {
            parameters.append((name, plain(number)))
        }
        for (name, word) in link.parameters.words.sorted(by: { $0.key < $1.key }) {
            parameters.append((name, quoted(word)))
        }
        var pairs = [("interfaces", list(link.interfaces.map(quoted)))]
        if let mac = link.mac { pairs.append(("macaddress", quoted(mac))) }
        pairs.append(("parameters", mapping(parameters)))
        return (link.id, mapping(pairs + settings(link.settings)))
    }

    private func vlan(_ link: VLAN) -> (String, Node) {
        var pairs = [("id", plain(link.number)), ("link", quoted(link.link))]
        if let mac = link.mac { pairs.append(("macaddress", quoted(mac))) }
        return (link.id, mapping(pairs + settings(link.settings)))
    }

    private func settings(_ settings: LinkSettings) -> [(String, Node)] {
        var pairs: [(String, Node)] = []
        if settings.dhcp4 { pairs.append(("dhcp4", plain(true))) }
        if settings.dhcp6 { pairs.append(("dhcp6", plain(true))) }
        if let acceptRA = settings.acceptRA { pairs.append(("accept-ra", plain(acceptRA))) }
        if !settings.addresses.isEmpty { pairs.append(("addresses", list(settings.addresses.map { quoted($0.text) }))) }
        let gateway6 = settings.routes.first { $0.isPlainDefault && $0.to.family == .v6 }
        if let gateway6, settings.has(.v6) { pairs.append(("gateway6", quoted(gateway6.via.text))) }
        let routes = settings.routes.filter { $0 != gateway6 || !settings.has(.v6) }
        if !routes.isEmpty { pairs.append(("routes", list(routes.map(route)))) }
        var nameservers: [(String, Node)] = []
        if !settings.nameservers.isEmpty {
            nameservers.append(("addresses", list(settings.nameservers.map { quoted($0.text) })))
        }
        if !settings.search.isEmpty { nameservers.append(("search", list(settings.search.map(quoted)))) }
        if !nameservers.isEmpty { pairs.append(("nameservers", mapping(nameservers))) }
        if let mtu = settings.mtu { pairs.append(("mtu", plain(mtu))) }
        return pairs
    }

    private func route(_ route: LinkSettings.Route) -> Node {
        var pairs = [("to", quoted(route.to.text)), ("via", quoted(route.via.text))]
        if let metric = route.metric { pairs.append(("metric", plain(metric))) }
        if route.onLink { pairs.append(("on-link", plain(true))) }
        return mapping(pairs)
    }

    // MARK: Nodes

    private func plain(_ value: some CustomStringConvertible) -> Node {
        Node(value.description, .implicit, .plain)
    }

    private func quoted(_ text: String) -> Node { Node(text, .implicit, .doubleQuoted) }

    private func mapping(_ pairs: [(String, Node)]) -> Node {
        Node(pairs.map { (key($0), $1) }, .implicit, .block)
    }

    private func list(_ nodes: [Node]) -> Node { Node(nodes, .implicit, .block) }

    /// Plain where no reader can take it for anything but text.
    private func key(_ text: String) -> Node {
        let words: Set = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
        let isPlain =
            text.unicodeScalars.first.map { $0.isASCII && $0.properties.isAlphabetic } ?? false
            && text.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_".unicodeScalars.contains($0))
            }
            && !words.contains(text.lowercased())
        return isPlain ? plain(text) : quoted(text)
    }
}
