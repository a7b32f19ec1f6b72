/// A network as a file has it, with the places that complaints name, not yet held against itself and the guest.
struct NetworkDraft {
    private(set) var ethernets: [(link: Ethernet, place: Place)] = []
    private(set) var bonds: [(link: Bond, place: Place)] = []
    private(set) var vlans: [(link: VLAN, place: Place)] = []

    mutating func add(_ link: Ethernet, _ place: Place) { ethernets.append((link, place)) }
    mutating func add(_ link: Bond, _ place: Place) { bonds.append((link, place)) }
    mutating func add(_ link: VLAN, _ place: Place) { vlans.append((link, place)) }

    /// Changes the settings of every link.
    mutating func updateSettings(_ body: (_ id: String, inout LinkSettings) -> Void) {
        for index in ethernets.indices { body(ethernets[index].link.id, &ethernets[index].link.settings) }
        for index in bonds.indices { body(bonds[index].link.id, &bonds[index].link.settings) }
        for index in vlans.indices { body(vlans[index].link.id, &vlans[index].link.settings) }
    }

    var settings: [(id: String, settings: LinkSettings, place: Place)] {
        ethernets.map { ($0.link.id, $0.link.settings, $0.place) }
            + bonds.map { ($0.link.id, $0.link.settings, $0.place) }
            + vlans.map { ($0.link.id, $0.link.settings, $0.place) }
    }

    /// Name servers and search domains that belong to no link: those of every link that has addresses and none of its own,
    /// as cloud-init has it.
    mutating func share(
        _ nameservers: [IPAddress],
        _ search: [String],
        _ place: Place
    ) throws(ConfigDriveError) {
        if nameservers.isEmpty && search.isEmpty { return }
        if !settings.contains(where: { !$0.settings.addresses.isEmpty }) {
            throw place.error(
                "name servers for all interfaces reach only those with static addresses, and there are none; "
                    + "leave name servers to DHCP"
            )
        }
        updateSettings { _, settings in
            if settings.addresses.isEmpty || !settings.nameservers.isEmpty || !settings.search.isEmpty { return }
            settings.nameservers = nameservers
            settings.search = search
        }
    }

    /// The configuration, once everything fits together and the guest has the NICs.
    func checked(for guest: GuestFacts) throws(ConfigDriveError) -> NetworkConfiguration {
        try checkNames()
        try checkMACs(guest)
        try checkBonds()
        try checkVLANs()
        for (id, settings, place) in settings { try LinkCheck(id: id, settings: settings, place: place).check() }
        try checkAddresses()
        try checkDefaultRoutes()
        return normalized()
    }

    private func checkNames() throws(ConfigDriveError) {
        var seen: Set<String> = []
        for (id, _, place) in settings where !seen.insert(id).inserted {
            throw place.error("\(shown(id)) is there twice; keep one")
        }
        var names = Set(bonds.map(\.link.id) + vlans.map(\.link.id))
        for (link, place) in ethernets {
            guard let name = link.setName else { continue }
            if !names.insert(name).inserted {
                throw place.error("two interfaces shall be named \(shown(name)); rename one")
            }
        }
    }

    private func checkMACs(_ guest: GuestFacts) throws(ConfigDriveError) {
        var seen: [String: String] = [:]
        for (link, place) in ethernets {
            if let other = seen.updateValue(link.id, forKey: link.mac) {
                throw place.error("\(shown(other)) and \(shown(link.id)) are both the interface \(link.mac); keep one")
            }
            if let interfaces = guest.interfaces, !interfaces.contains(where: { $0.mac == link.mac }) {
                throw place.error(
                    "\(shown(link.id)) is \(link.mac), which is not in the domain; " + guest.interfaceList
                )
            }
        }
    }

    private func checkBonds() throws(ConfigDriveError) {
        let known = Dictionary(ethernets.map { ($0.link.id, $0.link) }) { first, _ in first }
        var taken: [String: String] = [:]
        for (bond, place) in bonds {
            if bond.interfaces.isEmpty { throw place.error("the bond \(shown(bond.id)) has no interfaces") }
            for id in bond.interfaces {
                guard let member = known[id] else {
                    throw place.error(
                        "the bond \(shown(bond.id)) is of \(shown(id)), which is not an ethernet of the file"
                    )
                }
                if let other = taken.updateValue(bond.id, forKey: id) {
                    throw place.error(
                        other == bond.id
                            ? "the bond \(shown(bond.id)) has \(shown(id)) twice; keep one"
                            : "\(shown(id)) is in the bonds \(shown(other)) and \(shown(bond.id)); keep it in one"
                    )
                }
                if !member.settings.hasNothing {
                    throw place.error(
                        "\(shown(id)) is in the bond \(shown(bond.id)), so it cannot have addresses of its own"
                    )
                }
            }
        }
    }

    private func checkVLANs() throws(ConfigDriveError) {
        let links = Set(ethernets.map(\.link.id) + bonds.map(\.link.id)).subtracting(bonds.flatMap(\.link.interfaces))
        var seen: [String: String] = [:]
        for (vlan, place) in vlans {
            if !links.contains(vlan.link) {
                throw place.error(
                    "the VLAN \(shown(vlan.id)) is on \(shown(vlan.link)), which is not an ethernet or a bond that can "
                        + "carry it; "
                        + (links.isEmpty ? "there is none" : "it can be on \(links.sorted().alternatives)")
                )
            }
            if let other = seen.updateValue(vlan.id, forKey: "\(vlan.number) \(vlan.link)") {
                throw place.error(
                    "\(shown(other)) and \(shown(vlan.id)) are both VLAN \(vlan.number) on \(shown(vlan.link)); keep one"
                )
            }
        }
    }

    private func checkAddresses() throws(ConfigDriveError) {
        var seen: [IPAddress: String] = [:]
        for (id, settings, place) in settings {
            for prefix in settings.addresses {
                // The same link-local address may well be on two links.
                if prefix.address.isLinkLocalV6 && seen[prefix.address] != id { continue }
                if let other = seen.updateValue(id, forKey: prefix.address) {
                    throw place.error(
                        "\(prefix.address.text) is given twice, to \(shown(other)) and \(shown(id)); keep one"
                    )
                }
            }
        }
    }

    /// Two default routes of one family and metric are a matter of luck in the guest.
    private func checkDefaultRoutes() throws(ConfigDriveError) {
        var seen: [[Int]: String] = [:]
        for (id, settings, place) in settings {
            for route in settings.routes where route.isDefault {
                let family = route.to.family
                if let other = seen.updateValue(id, forKey: [family.width, route.effectiveMetric]) {
                    let whose = other == id ? "\(shown(id)) has" : "\(shown(other)) and \(shown(id)) both have"
                    throw place.error(
                        "\(whose) a default route for \(family.name) of the same metric; keep one, or give them "
                            + "different metrics"
                    )
                }
            }
        }
    }

    private func normalized() -> NetworkConfiguration {
        var result = NetworkConfiguration(
            ethernets: ethernets.map(\.link),
            bonds: bonds.map(\.link),
            vlans: vlans.map(\.link)
        )
        for index in result.ethernets.indices {
            result.ethernets[index].settings = result.ethernets[index].settings.normalized()
        }
        for index in result.bonds.indices {
            result.bonds[index].settings = result.bonds[index].settings.normalized()
            if result.bonds[index].mac == result.firstMAC(of: result.bonds[index]) { result.bonds[index].mac = nil }
        }
        for index in result.vlans.indices {
            result.vlans[index].settings = result.vlans[index].settings.normalized()
            if result.vlans[index].mac == result.mac(of: result.vlans[index].link) { result.vlans[index].mac = nil }
        }
        return result
    }
}

extension NetworkConfiguration {
    /// The MAC that Linux gives to a bond by itself.
    func firstMAC(of bond: Bond) -> String? { ethernets.first { $0.id == bond.interfaces.first }?.mac }

    /// The MAC of an ethernet or a bond.
    func mac(of id: String) -> String? {
        if let ethernet = ethernets.first(where: { $0.id == id }) { return ethernet.mac }
        return bonds.first { $0.id == id }.flatMap { $0.mac ?? firstMAC(of: $0) }
    }
}

extension GuestFacts {
    /// What there is to choose from, for messages.
    var interfaceList: String {
        let macs = (interfaces ?? []).map(\.mac)
        return macs.isEmpty ? "it has no interfaces" : "it has " + macs.joined(separator: ", ")
    }

    /// The MAC of an ethernet that names none: `eth<N>` is the N-th interface, and an only interface is meant by any name.
    func mac(ofUnmatched field: Field, _ id: String, hint: String) throws(ConfigDriveError) -> String {
        guard let interfaces else {
            throw field.error("\(shown(id)) names no MAC, and no domain is known to look it up in; add \(hint)")
        }
        if id.hasPrefix("eth"), let number = Int(id.dropFirst(3)), "eth\(number)" == id, number >= 0 {
            if interfaces.indices.contains(number) { return interfaces[number].mac }
        }
        if interfaces.count == 1 && !(id.hasPrefix("eth") && Int(id.dropFirst(3)) != nil) { return interfaces[0].mac }
        throw field.error("which interface of the domain is \(shown(id))? add \(hint); " + interfaceList)
    }
}
