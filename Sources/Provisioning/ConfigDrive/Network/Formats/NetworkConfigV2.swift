/// cloud-init's network-config version 2, which is netplan's format, as YAML or JSON.
enum NetworkConfigV2 {
    static let format = NetworkFormat(
        name: "cloud-init's network-config version 2 (netplan)",
        recognizes: recognizes,
        read: read
    )

    private static let sections = ["ethernets", "bonds", "vlans"]
    private static let others = ["bridges", "wifis", "tunnels", "modems", "vrfs", "nm-devices", "dummy-devices"]

    @Sendable private static func recognizes(_ root: Field) -> Bool {
        let members = membersOfNetwork(root)
        if let version = members.first(where: { $0.key == "version" }) { return (try? version.field.text()) != "1" }
        return members.contains { sections.contains($0.key) || others.contains($0.key) }
    }

    /// For a look at what a file may be.
    static func membersOfNetwork(_ root: Field) -> [(key: String, field: Field)] {
        guard let members = try? root.members() else { return [] }
        guard let network = members.first(where: { $0.key == "network" }) else { return members }
        return (try? network.field.members()) ?? []
    }

    /// Without the outer key that netplan has and NoCloud need not have.
    static func unwrapped(_ root: Field) throws(ConfigDriveError) -> Field {
        let members = try root.members()
        guard let network = members.first(where: { $0.key == "network" }) else { return root }
        if let other = members.first(where: { $0.key != "network" }) {
            throw other.field.error("\(other.field.name) stands beside 'network'; put it into that")
        }
        return network.field
    }

    @Sendable private static func read(_ root: Field, _ guest: GuestFacts) throws(ConfigDriveError) -> NetworkDraft {
        let refused = Dictionary(uniqueKeysWithValues: others.map { ($0, "cannot be told by a config drive") })
        let fields = try unwrapped(root).fields(sections + ["version"], harmless: ["renderer"], refused: refused)
        if let version = fields["version"], try version.text() != "2" {
            throw version.error("\(version.name) is \(shown(try version.text())), but has to be 1 or 2")
        }
        var draft = NetworkDraft()
        for (id, field) in try fields["ethernets"]?.members() ?? [] {
            draft.add(try ethernet(id, field, guest), field.place)
        }
        for (id, field) in try fields["bonds"]?.members() ?? [] { draft.add(try bond(id, field), field.place) }
        for (id, field) in try fields["vlans"]?.members() ?? [] { draft.add(try vlan(id, field), field.place) }
        return draft
    }

    private static let common = [
        "dhcp4", "dhcp6", "accept-ra", "addresses", "gateway4", "gateway6", "routes", "nameservers", "mtu",
    ]
    private static let harmless = ["optional", "renderer"]

    private static func ethernet(_ id: String, _ field: Field, _ guest: GuestFacts) throws(ConfigDriveError) -> Ethernet
    {
        let fields = try field.fields(
            common + ["match", "set-name"],
            harmless: harmless,
            refused: [
                "macaddress":
                    "would change the MAC, which a config drive cannot tell; to say which interface is meant, "
                    + "write 'match: {macaddress: …}'"
            ]
        )
        let match = try fields["match"]?.fields(
            ["macaddress"],
            refused: ["name": "is not known before the guest runs; say 'macaddress'"]
        )
        let given = try match?["macaddress"]?.mac()
        let mac =
            if let given { given } else {
                try guest.mac(ofUnmatched: field, id, hint: "'match: {macaddress: …}'")
            }
        try checkID(id, field)
        return Ethernet(
            id: id,
            mac: mac,
            setName: try fields["set-name"]?.interfaceName(),
            settings: try settings(fields)
        )
    }

    static func checkID(_ id: String, _ field: Field) throws(ConfigDriveError) {
        if id.isEmpty || id.utf8.count > 64 || !id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            throw field.error("\(shown(id)) cannot be the name of an interface: 1 to 64 characters of ASCII, no blanks")
        }
    }

    private static func bond(_ id: String, _ field: Field) throws(ConfigDriveError) -> Bond {
        try Field.checkInterfaceName(id, field)
        let fields = try field.fields(common + ["interfaces", "macaddress", "parameters"], harmless: harmless)
        let kinds = Bond.Parameters.self
        let interfaces = try field.required("interfaces", in: fields).list { item throws(ConfigDriveError) in
            try item.text()
        }
        let all = try field.required("parameters", in: fields)
        let given = try all.fields(["mode"] + kinds.numberNames.keys + kinds.wordNames.keys)
        var parameters = Bond.Parameters(mode: try all.required("mode", in: given).word(kinds.modes))
        for name in kinds.numberNames.keys { parameters.numbers[name] = try given[name]?.integer(0...1_000_000) }
        for (name, words) in kinds.words { parameters.words[name] = try given[name]?.word(words) }
        return Bond(
            id: id,
            interfaces: interfaces,
            mac: try fields["macaddress"]?.mac(),
            parameters: parameters,
            settings: try settings(fields)
        )
    }

    private static func vlan(_ id: String, _ field: Field) throws(ConfigDriveError) -> VLAN {
        try Field.checkInterfaceName(id, field)
        let fields = try field.fields(common + ["id", "link", "macaddress"], harmless: harmless)
        return VLAN(
            id: id,
            number: try field.required("id", in: fields).integer(1...4094),
            link: try field.required("link", in: fields).text(),
            mac: try fields["macaddress"]?.mac(),
            settings: try settings(fields)
        )
    }

    private static func settings(_ fields: [String: Field]) throws(ConfigDriveError) -> LinkSettings {
        var settings = LinkSettings()
        settings.dhcp4 = try fields["dhcp4"]?.bool() ?? false
        settings.dhcp6 = try fields["dhcp6"]?.bool() ?? false
        settings.acceptRA = try fields["accept-ra"]?.bool()
        settings.mtu = try fields["mtu"]?.mtu()
        settings.addresses =
            try fields["addresses"]?.list { item throws(ConfigDriveError) in
                try item.interfaceAddress()
            } ?? []
        for (key, family) in [("gateway4", IPAddress.Family.v4), ("gateway6", .v6)] {
            guard let gateway = try fields[key]?.gateway(family) else { continue }
            settings.routes.append(LinkSettings.Route(to: .everything(family), via: gateway))
        }
        settings.routes += try fields["routes"]?.list(route) ?? []
        if let nameservers = try fields["nameservers"]?.fields(["addresses", "search"]) {
            settings.nameservers =
                try nameservers["addresses"]?.list { item throws(ConfigDriveError) in
                    try item.address()
                } ?? []
            settings.search =
                try nameservers["search"]?.list { item throws(ConfigDriveError) in try item.domain() } ?? []
        }
        return settings
    }

    private static func route(_ field: Field) throws(ConfigDriveError) -> LinkSettings.Route {
        let fields = try field.fields(["to", "via", "metric", "on-link"])
        let to = try field.required("to", in: fields)
        let via = try field.required("via", in: fields).gateway()
        return LinkSettings.Route(
            to: try to.text() == "default" ? .everything(via.family) : to.destination(),
            via: via,
            metric: try fields["metric"]?.integer(0...4_294_967_295),
            onLink: try fields["on-link"]?.bool() ?? false
        )
    }
}
