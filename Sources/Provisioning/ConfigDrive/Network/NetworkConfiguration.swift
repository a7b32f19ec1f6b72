/// The network of a guest, as a config drive tells it: to cloud-init's ConfigDrive and to cloudbase-init as OpenStack's
/// `network_data.json`, to cloud-init's NoCloud as `network-config` version 2. Both say the same.
public struct NetworkConfiguration: Sendable, Equatable {
    var ethernets: [Ethernet] = []
    var bonds: [Bond] = []
    var vlans: [VLAN] = []

    /// The most that a network file may have, in bytes.
    public static let maximumSize = 1 << 20

    /// Every interface of the domain by DHCP for IPv4, with its MTU where the domain has one.
    ///
    /// DHCPv6 is left out on purpose: where nobody answers, ifupdown waits for its `dhclient -6` and systemd-networkd for
    /// router advertisements, so that the boot hangs. IPv6 works all the same wherever a router advertises it, since
    /// guests listen to that by themselves; cloud-init's own fallback is DHCP for IPv4 for the same reason.
    ///
    /// - Returns: a configuration with nothing to say where the domain has no interfaces.
    /// - Throws: `badInput` where no domain is known.
    public static func auto(_ guest: GuestFacts) throws(ConfigDriveError) -> NetworkConfiguration {
        guard let interfaces = guest.interfaces else {
            throw ConfigDriveError(
                .badInput,
                "the network 'auto' is made from the interfaces of a domain, so a domain is needed (--domain-xml)"
            )
        }
        var draft = NetworkDraft()
        for (number, interface) in interfaces.enumerated() {
            let settings = LinkSettings(dhcp4: true, mtu: interface.mtu)
            draft.add(Ethernet(id: "eth\(number)", mac: interface.mac, settings: settings), Place())
        }
        return try draft.checked(for: guest)
    }

    /// Reads a network file; its format is known by its content.
    ///
    /// - Parameters:
    ///   - text: UTF-8, at most ``maximumSize`` bytes, in one of the formats of ``formatNames``.
    ///   - guest: whose interfaces the file is held against. Where none are known, every interface of the file has to
    ///     name its MAC.
    /// - Throws: `badInput` with the line and what would be right. Whatever a config drive could not tell the guest is
    ///   refused rather than left out.
    public init(_ text: [UInt8], for guest: GuestFacts) throws(ConfigDriveError) {
        let root = try NetworkDocument.root(text)
        guard let format = NetworkFormat.all.first(where: { $0.recognizes(root) }) else {
            throw ConfigDriveError(
                .badInput,
                "the network file is not one that is known; give \(NetworkFormat.all.map(\.name).alternatives)"
            )
        }
        self = try format.read(root, guest).checked(for: guest)
    }

    init(ethernets: [Ethernet], bonds: [Bond] = [], vlans: [VLAN] = []) {
        self.ethernets = ethernets
        self.bonds = bonds
        self.vlans = vlans
    }

    /// The formats that ``init(_:for:)`` reads, for help texts.
    public static var formatNames: [String] { NetworkFormat.all.map(\.name) }

    /// Whether there is nothing to say, so that the guest does what it does without us: DHCP on its first NIC.
    public var isEmpty: Bool { ethernets.isEmpty && bonds.isEmpty && vlans.isEmpty }

    /// The file `network_data.json` of OpenStack's layout.
    ///
    /// - Returns: `nil` where there is nothing to say. An empty file would count as a configuration without interfaces.
    /// - Throws: `badInput` for what only `network-config` can say, with what to do about it.
    public func networkData() throws(ConfigDriveError) -> [UInt8]? {
        isEmpty ? nil : try NetworkDataWriter(self).bytes()
    }

    /// The file `network-config` of NoCloud's layout, version 2, without the outer key `network`.
    ///
    /// - Returns: `nil` where there is nothing to say.
    public func networkConfig() throws(ConfigDriveError) -> [UInt8]? {
        isEmpty ? nil : try NetworkConfigWriter(self).bytes()
    }
}
