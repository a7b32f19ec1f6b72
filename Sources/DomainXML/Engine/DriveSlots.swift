/// Finds free places for cdroms and disks: bus, unit, controller and target name all follow from the machine and from what is
/// there already.
struct DriveSlots {
    private let machine: Machine
    private let preferred: [DiskBus]
    private var taken: Set<String>
    private var occupied: [DiskBus: Set<DriveAddress>] = [:]
    /// Controllers that exist or that libvirt adds on account of the disks: index and model.
    private var controllers: [DiskBus: [Int: String?]] = [:]
    private let hasUSB: Bool
    private var addresses: ControllerAddresses
    /// More controllers of a kind than any machine has room for.
    private static let highestIndex = 255
    /// Whether there are scsi hostdevs that libvirt will place from the lowest unit up (`virDomainHostdevAssignAddress`).
    private var hasUnplacedSCSI = false
    /// The bus of the disks that are called `sdX`, as scsi and sata disks both are.
    private let scsiNamed: DiskBus?

    init(_ domain: Domain) {
        machine = domain.machine
        addresses = ControllerAddresses(domain)
        taken = Set(domain.disks.map(\.target))
        let usb = domain.controllers.filter { $0.type == "usb" }
        hasUSB = usb.isEmpty ? machine.hasDefaultUSB : usb.contains { $0.model != "none" }

        // What a cdrom of the domain uses works for its guest, so it wins where it is legal for the machine.
        let machine = domain.machine
        let used = domain.disks.filter { $0.device == "cdrom" && machine.allows($0.bus) }.map(\.bus)
        preferred = (used + machine.cdromBuses).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }

        scsiNamed =
            domain.disks.first {
                $0.device == "disk" && $0.target.hasPrefix("sd") && [.scsi, .sata].contains($0.bus)
            }?.bus

        for controller in domain.controllers {
            let bus = DiskBus(rawValue: controller.type)
            let index = controller.index ?? (controllers[bus]?.keys.max() ?? -1) + 1
            controllers[bus, default: [:]].updateValue(controller.model, forKey: index)
        }
        for disk in domain.disks {
            guard let address = disk.address else { continue }
            occupied[disk.bus, default: []].insert(address)
            imply(disk.bus, upTo: address.controller)
        }
        if machine.hasBuiltinSATA, controllers[.sata]?[0] == nil {
            controllers[.sata, default: [:]].updateValue(nil, forKey: 0)
        }
        for address in domain.scsiHostdevs {
            if let address { occupied[.scsi, default: []].insert(address) } else { hasUnplacedSCSI = true }
            let index = address?.controller ?? 0
            imply(.scsi, upTo: index)
        }
    }

    /// libvirt adds controllers up to the highest that a disk names.
    private mutating func imply(_ bus: DiskBus, upTo highest: Int) {
        for index in 0...min(highest, Self.highestIndex) where controllers[bus]?[index] == nil {
            controllers[bus, default: [:]].updateValue(nil, forKey: index)
        }
    }

    /// Takes the best free place.
    ///
    /// - Parameter isBehind: whether it should come behind the drives that are there, where that is possible, so that the
    ///   guest and libvirt go on counting those as before.
    /// - Throws: `impossible` where the machine has no bus for one more cdrom.
    mutating func take(behind isBehind: Bool) throws(DomainXMLError) -> DriveSlot {
        // usb comes last whatever it takes: before 11.5.0 libvirt shows such a cdrom to the guest as a hard disk.
        let buses = preferred.filter { $0 != .usb }
        for bus in buses {
            if let address = freeUnit(bus, behind: isBehind) { return place(bus, address) }
        }
        for bus in buses {
            if let controller = newController(bus) {
                controllers[bus, default: [:]].updateValue(controller.model, forKey: controller.index)
                if let address = freeUnit(bus, behind: isBehind) {
                    var slot = place(bus, address)
                    slot.newController = (bus.rawValue, controller.index, controller.model, addresses.take())
                    return slot
                }
            }
        }
        if hasUSB && preferred.contains(.usb) { return place(.usb, nil) }
        throw DomainXMLError(
            .impossible,
            preferred.isEmpty
                ? "no bus for a cdrom is known on machine \(machine.description): "
                    + "give the domain a cdrom or a scsi controller of its own"
                : "no free place for one more cdrom on machine \(machine.description)"
        )
    }

    /// Takes a place for a disk.
    ///
    /// - Parameter name: the target name, none that is taken: it says the bus. By default the next one of virtio, or where
    ///   the machine has none, of a bus that its cdroms sit on.
    /// - Throws: `impossible` where the machine has no place on that bus.
    mutating func takeDisk(named name: String?) throws(DomainXMLError) -> DriveSlot {
        if name == nil && !machine.hasVirtio { return try take(behind: true) }
        let bus = name.map { diskBus($0) } ?? .virtio
        if bus == .virtio && machine.hasVirtio {
            let target = name ?? TargetName.free(prefix: bus.targetPrefix, wished: nil, taken: taken)
            taken.insert(target)
            return DriveSlot(bus: bus, target: target, address: nil, deviceAddress: addresses.takeForVirtio())
        }
        if let address = freeUnit(bus, behind: true) { return place(bus, address, name) }
        if let controller = newController(bus) {
            controllers[bus, default: [:]].updateValue(controller.model, forKey: controller.index)
            if let address = freeUnit(bus, behind: true) {
                var slot = place(bus, address, name)
                slot.newController = (bus.rawValue, controller.index, controller.model, addresses.take())
                return slot
            }
        }
        throw DomainXMLError(
            .impossible,
            "no place for a disk '\(Property.printable(name ?? ""))' on bus \(bus.rawValue) of machine \(machine.description)"
        )
    }

    /// The bus that a target name stands for: of those that share a prefix the one that the domain's disks use, or else
    /// the machine's own.
    private func diskBus(_ name: String) -> DiskBus {
        let bus = DiskBus.implied(byTarget: name, device: "disk")
        guard bus == .scsi else { return bus }
        return scsiNamed ?? (machine.hasBuiltinSATA ? .sata : .scsi)
    }

    private mutating func place(_ bus: DiskBus, _ address: DriveAddress?, _ name: String? = nil) -> DriveSlot {
        let target =
            name
            ?? TargetName.free(prefix: bus.targetPrefix, wished: address?.targetIndex(bus: bus), taken: taken)
        taken.insert(target)
        var slot = DriveSlot(bus: bus, target: target, address: address)
        if let address {
            occupied[bus, default: []].insert(address)
            // libvirt adds what is missing up to the one that is needed (virDomainDefAddDiskControllersForType).
            for index in 0...address.controller where controllers[bus]?[index] == nil {
                slot.impliedControllers.append(.init(type: bus.rawValue, index: index))
                controllers[bus, default: [:]].updateValue(nil, forKey: index)
            }
        }
        return slot
    }

    /// The first free unit on a controller that is there.
    private func freeUnit(_ bus: DiskBus, behind isBehind: Bool) -> DriveAddress? {
        if bus == .ide {
            // Only the machine's own controller works, and it is there whether the domain names it or not.
            guard machine.cdromBuses.contains(.ide) else { return nil }
            return free(bus, units(bus, controller: 0, model: nil), behind: isBehind)
        }
        for (index, model) in (controllers[bus] ?? [:]).sorted(by: { $0.key < $1.key }) where index <= Self.highestIndex
        {
            if let address = free(bus, units(bus, controller: index, model: model), behind: isBehind) { return address }
        }
        return nil
    }

    private func free(_ bus: DiskBus, _ candidates: [DriveAddress], behind isBehind: Bool) -> DriveAddress? {
        let occupied = occupied[bus] ?? []
        let free = candidates.filter { !occupied.contains($0) }
        if bus == .scsi && hasUnplacedSCSI { return free.last }
        if isBehind, let last = candidates.lastIndex(where: { occupied.contains($0) }), last + 1 < candidates.count {
            return candidates[last + 1]
        }
        return free.first
    }

    /// The places that a controller has, in libvirt's order.
    private func units(_ bus: DiskBus, controller: Int, model: String?) -> [DriveAddress] {
        switch bus {
        case .ide:
            return [(0, 0), (0, 1), (1, 0), (1, 1)].map { DriveAddress(controller: controller, bus: $0.0, unit: $0.1) }
        case .sata:
            return (0..<6).map { DriveAddress(controller: controller, unit: $0) }
        case .scsi:
            let model = model ?? machine.defaultSCSIModel
            if model == "lsilogic" {
                // The unit is the SCSI id here, and 7 is the controller's own.
                return (0..<7).map { DriveAddress(controller: controller, unit: $0) }
            }
            if model.hasPrefix("virtio") || model == "ibmvscsi" || model == "auto" {
                return (0..<16).filter { $0 != 7 }.map { DriveAddress(controller: controller, unit: $0) }
            }
            // The others have one unit on each target.
            return (0..<7).map { DriveAddress(controller: controller, target: $0, unit: 0) }
        default:
            return []
        }
    }

    /// One more controller, where the machine takes one.
    private func newController(_ bus: DiskBus) -> (index: Int, model: String?)? {
        guard machine.allowsControllers(of: bus) else { return nil }
        let known = controllers[bus] ?? [:]
        let next = (known.keys.max() ?? -1) + 1
        // libvirt fills up to the index, so never one beyond reason.
        guard let index = next <= Self.highestIndex ? next : (0...Self.highestIndex).first(where: { known[$0] == nil })
        else { return nil }
        guard bus == .scsi else { return (index, nil) }
        // The guest knows the model that it has; without any, the one that its machine's installers know.
        if let known = controllers[.scsi]?[index - 1] { return (index, known) }
        return (index, machine.scsiModel)
    }
}
