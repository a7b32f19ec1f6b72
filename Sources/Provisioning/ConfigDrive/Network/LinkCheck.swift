/// Holds the settings of one link against themselves.
struct LinkCheck {
    let id: String
    let settings: LinkSettings
    let place: Place

    func check() throws(ConfigDriveError) {
        for address in settings.addresses { try checkUse(address) }
        if settings.hasNothing && !(settings.nameservers.isEmpty && settings.search.isEmpty) {
            throw place.error("\(shown(id)) has name servers but no addresses and no DHCP, so they could not be asked")
        }
        var seen: Set<IPPrefixAndMetric> = []
        for route in settings.routes {
            try checkGateway(route)
            let isNew = seen.insert(IPPrefixAndMetric(to: route.to, metric: route.effectiveMetric)).inserted
            if !isNew && !route.isDefault {
                throw place.error("\(shown(id)) has two routes to \(route.to.text) of the same metric; keep one")
            }
        }
    }

    private struct IPPrefixAndMetric: Hashable {
        let to: IPPrefix
        let metric: Int
    }

    private func checkUse(_ prefix: IPPrefix) throws(ConfigDriveError) {
        if prefix.length == 0 {
            throw place.error("\(shown(id)) has the address \(prefix.text), whose prefix cannot be 0")
        }
        guard prefix.family == .v4 && prefix.length < 31 else { return }
        let hostBits = zip(prefix.address.bytes, prefix.netmask.bytes).map { $0 & ~$1 }
        let allOnes = prefix.netmask.bytes.map { ~$0 }
        if hostBits == allOnes || hostBits.allSatisfy({ $0 == 0 }) {
            throw place.error(
                "\(shown(id)) has the address \(prefix.text), which is the \(hostBits == allOnes ? "broadcast" : "network") "
                    + "address of \(prefix.network.text)"
            )
        }
    }

    /// Linux refuses a gateway that is not on the link.
    private func checkGateway(_ route: LinkSettings.Route) throws(ConfigDriveError) {
        let family = route.to.family
        if route.via.family != family {
            throw place.error(
                "\(shown(id)) has a route to \(route.to.text) through \(route.via.text), which is not \(family.name)"
            )
        }
        if settings.addresses.contains(where: { $0.address == route.via }) {
            throw place.error("\(shown(id)) has the gateway \(route.via.text), which is its own address")
        }
        if (family == .v4 ? settings.dhcp4 : settings.dhcp6 || settings.acceptRA == true) || route.onLink { return }
        if !settings.has(family) && !route.via.isLinkLocalV6 {
            throw place.error("\(shown(id)) has the gateway \(route.via.text) but no \(family.name) address")
        }
        let networks = settings.addresses.filter { $0.family == family }
        if route.via.isLinkLocalV6 || networks.contains(where: { $0.contains(route.via) }) { return }
        throw place.error(
            "\(shown(id)) has the gateway \(route.via.text), which is not in \(networks.map(\.network.text).alternatives); "
                + "should it be on the link all the same, say 'on-link: true'"
        )
    }
}
