/// What the transforms want of one domain.
struct Plan {
    let domain: Domain
    let allowedURLs: AllowedURLs
    /// Our cdroms, the booted ones in boot order.
    var cdroms: [OwnCdrom] = []
    /// The entries of `bootorder`.
    var bootOrder: [String]?
    var warnings: [String] = []

    init(_ domain: Domain, allowedURLs: AllowedURLs) {
        self.domain = domain
        self.allowedURLs = allowedURLs
    }
}

/// A cdrom that Hostler attaches, found again by its alias `ua-hostler-<role>`.
struct OwnCdrom {
    let role: String
    /// `<disk type>`, which says how `source` is to be read.
    let type: String
    let source: XMLFragment
    /// `<driver rerror_policy>`; `nil` leaves it to ``readErrorPolicy(on:)``.
    let readErrorPolicy: String?
    /// Whether it belongs in front of the boot order.
    let isBooted: Bool

    var alias: String { Domain.aliasPrefix + role }
    var controllerAlias: String { alias + Self.controllerSuffix }
    static let controllerSuffix = "-controller"

    /// What happens to the guest on a read error: it is paused, to be resumed when the source is back.
    ///
    /// Not on sata: there QEMU aborts when such a guest is resumed, and the guest with it (seen with QEMU 7.2: the assertion
    /// of `ide_restart_bh` on `end_transfer_func` does not hold for an AHCI cdrom). An error for the guest is the lesser evil.
    func readErrorPolicy(on bus: DiskBus) -> String {
        readErrorPolicy ?? (bus == .sata ? "report" : "stop")
    }

    /// The whole device.
    func fragment(_ slot: CdromSlot, bootOrder: Int?) -> XMLFragment {
        var children = [
            XMLFragment(
                "driver",
                ["name": "qemu", "type": "raw", "rerror_policy": readErrorPolicy(on: slot.bus)]
            ),
            source,
            XMLFragment("target", ["dev": slot.target, "bus": slot.bus.rawValue]),
            XMLFragment("readonly"),
        ]
        if let bootOrder { children.append(XMLFragment("boot", ["order": String(bootOrder)])) }
        children.append(XMLFragment("alias", ["name": alias]))
        if let address = slot.address { children.append(Self.fragment(address)) }
        return XMLFragment("disk", ["type": type, "device": "cdrom"], children: children)
    }

    private static func fragment(_ address: DriveAddress) -> XMLFragment {
        XMLFragment(
            "address",
            [
                "type": "drive", "controller": String(address.controller), "bus": String(address.bus),
                "target": String(address.target), "unit": String(address.unit),
            ]
        )
    }

    /// Whether an element's source already says what ours does. libvirt adds attributes of its own (`index`), and leaves
    /// alone what we write.
    func isSource(_ element: XMLElement) -> Bool {
        Self.says(element, source, attributes: ["protocol", "name", "query", "file"])
            && ["host", "ssl", "readahead", "timeout"].allSatisfy { name in
                let wanted = source.children.filter { $0.name == name }
                let found = element.children.filter { $0.node.namespace == 0 && $0.name == name }
                return wanted.count == found.count
                    && zip(wanted, found).allSatisfy { Self.says($1, $0, attributes: $0.attributes.map(\.name)) }
            }
    }

    private static func says(_ element: XMLElement, _ fragment: XMLFragment, attributes: [String]) -> Bool {
        attributes.allSatisfy { name in
            let wanted = fragment.attributes.first { $0.name == name }?.value
            return String.isSame(element.attribute(name), wanted)
        }
    }
}
