/// What all kinds of links have in common: the addresses of an interface and what goes with them.
struct LinkSettings: Equatable, Sendable {
    var dhcp4 = false
    var dhcp6 = false
    /// Whether router advertisements are listened to; `nil` leaves it to the guest.
    var acceptRA: Bool?
    var addresses: [IPPrefix] = []
    /// IPv4 before IPv6, default routes without a metric first, otherwise as given.
    var routes: [Route] = []
    var nameservers: [IPAddress] = []
    var search: [String] = []
    /// In bytes; `nil` leaves it to the guest.
    var mtu: Int?

    struct Route: Hashable, Sendable {
        var to: IPPrefix
        var via: IPAddress
        var metric: Int?
        /// Whether the gateway is reached directly although no address says so.
        var onLink = false

        var isDefault: Bool { to.length == 0 }
        /// Whether a key `gateway4` or `gateway6` says it all.
        var isPlainDefault: Bool { isDefault && metric == nil && !onLink }
        /// What Linux takes where none is given.
        var effectiveMetric: Int { metric ?? (to.family == .v4 ? 0 : 1024) }
    }

    func has(_ family: IPAddress.Family) -> Bool { addresses.contains { $0.family == family } }
    var hasNothing: Bool { !dhcp4 && !dhcp6 && addresses.isEmpty && acceptRA != true }

    /// The same in the one spelling that both layouts can say.
    ///
    /// A static IPv6 address without DHCPv6 closes the interface to router advertisements unless the file says
    /// otherwise: cloud-init's ConfigDrive does so in any case, and a guest should not differ by the layout of its drive.
    func normalized() -> LinkSettings {
        var result = self
        result.routes = [IPAddress.Family.v4, .v6].flatMap { family in
            let own = routes.filter { $0.to.family == family }
            return own.filter(\.isPlainDefault) + own.filter { !$0.isPlainDefault }
        }
        result.nameservers = unique(nameservers)
        result.search = unique(search)
        if acceptRA == nil && has(.v6) && !dhcp6 { result.acceptRA = false }
        if acceptRA == true && dhcp6 { result.acceptRA = nil }
        return result
    }

    private func unique<Value: Hashable>(_ values: [Value]) -> [Value] {
        var seen: Set<Value> = []
        return values.filter { seen.insert($0).inserted }
    }
}

/// A NIC of the guest.
struct Ethernet: Equatable, Sendable {
    var id: String
    /// `xx:xx:xx:xx:xx:xx`, lower-case.
    var mac: String
    /// The name that the guest shall give to it; `nil` where it keeps its own.
    var setName: String?
    var settings = LinkSettings()
}

/// Several NICs as one.
struct Bond: Equatable, Sendable {
    var id: String
    /// Ids of ethernets.
    var interfaces: [String]
    /// `nil` where it is that of the first interface.
    var mac: String?
    var parameters: Parameters
    var settings = LinkSettings()

    struct Parameters: Equatable, Sendable {
        var mode: String
        /// Milliseconds, or whatever the parameter counts; by netplan's name.
        var numbers: [String: Int] = [:]
        /// By netplan's name.
        var words: [String: String] = [:]

        static let modes = [
            "balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb",
        ]
        /// netplan's names and those that cloud-init reads from a bond of network_data.json.
        static let numberNames = [
            "mii-monitor-interval": "bond_miimon", "up-delay": "bond_updelay", "down-delay": "bond_downdelay",
            "min-links": "bond_min_links",
        ]
        static let wordNames = ["lacp-rate": "bond_lacp_rate", "transmit-hash-policy": "bond_xmit_hash_policy"]
        static let words = [
            "lacp-rate": ["slow", "fast"],
            "transmit-hash-policy": ["layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4"],
        ]
    }
}

/// A VLAN on an ethernet or a bond.
struct VLAN: Equatable, Sendable {
    var id: String
    /// 1 to 4094.
    var number: Int
    /// Id of an ethernet or a bond.
    var link: String
    /// `nil` where it is that of the link.
    var mac: String?
    var settings = LinkSettings()
}
