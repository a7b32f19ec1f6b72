/// A cdrom that Hostler attaches, found again by its alias `ua-hostler-<role>`.
struct OwnCdrom {
    let role: String
    /// `<disk type>`, which says how `source` is to be read.
    let type: String
    let source: XMLFragment
    /// What happens to the guest on a read error.
    var readErrors = ReadErrors.unmanaged
    /// Whether it belongs in front of the boot order.
    let isBooted: Bool

    /// What `<driver rerror_policy>` is to be.
    enum ReadErrors {
        /// The domain's own business.
        case unmanaged
        /// This, or what is best on its bus where it is `nil`.
        case managed(String?)
    }

    var alias: String { Domain.aliasPrefix + role }
    var controllerAlias: String { alias + Self.controllerSuffix }
    static let controllerSuffix = "-controller"

    /// The guest is paused, to be resumed when the source is back.
    ///
    /// Not on sata: there QEMU aborts when such a guest is resumed, and the guest with it (seen with QEMU 7.2: the assertion
    /// of `ide_restart_bh` on `end_transfer_func` does not hold for an AHCI cdrom). An error for the guest is the lesser evil.
    func readErrorPolicy(on bus: DiskBus) -> String? {
        guard case .managed(let policy) = readErrors else { return nil }
        return policy ?? (bus == .sata ? "report" : "stop")
    }

    /// The whole device.
    func fragment(_ slot: DriveSlot, bootOrder: Int?) -> XMLFragment {
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
        if let address = slot.addressFragment { children.append(address) }
        return XMLFragment("disk", ["type": type, "device": "cdrom"], children: children)
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
