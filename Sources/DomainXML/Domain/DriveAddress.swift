/// `<address type='drive' controller bus target unit>`.
struct DriveAddress: Hashable, Sendable {
    var controller: Int
    var bus = 0
    var target = 0
    var unit: Int

    init(controller: Int, bus: Int = 0, target: Int = 0, unit: Int) {
        self.controller = controller
        self.bus = bus
        self.target = target
        self.unit = unit
    }

    /// An `<address>` element; `nil` for another type of address (usb, pci, ccw, …).
    ///
    /// - Throws: `unusableDomain` for a number that libvirt refuses as well.
    init?(_ element: XMLElement) throws(DomainXMLError) {
        guard element.attribute("type") == "drive" else { return nil }
        self.init(
            controller: try element.number("controller") ?? 0,
            bus: try element.number("bus") ?? 0,
            target: try element.number("target") ?? 0,
            unit: try element.number("unit") ?? 0
        )
    }

    /// What libvirt gives a disk without an address (`virDomainDiskDefAssignAddress`): it follows from the name.
    init?(target: String, bus: DiskBus) {
        guard let index = TargetName.index(of: target) else { return nil }
        switch bus {
        case .ide:
            self.init(controller: index / 4, bus: index % 4 / 2, unit: index % 2)
        case .sata:
            self.init(controller: index / 6, unit: index % 6)
        case .scsi:
            // QEMU's driver takes every bus for a narrow one, whatever the controller (measured; of libvirt's drivers, only
            // VMware's sets VIR_DOMAIN_DEF_FEATURE_WIDE_SCSI).
            self.init(controller: index / 7, unit: index % 7)
        case .fdc:
            self.init(controller: index / 2, unit: index % 2)
        default:
            return nil
        }
    }

    /// The index of the name that libvirt would derive this address from.
    func targetIndex(bus: DiskBus) -> Int? {
        switch bus {
        case .ide: controller * 4 + self.bus * 2 + unit
        case .sata: controller * 6 + unit
        case .scsi where target == 0 && unit < 7: controller * 7 + unit
        default: nil
        }
    }
}
