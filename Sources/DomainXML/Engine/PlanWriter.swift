/// Turns a plan into edits of the document: devices, boot order, metadata.
struct PlanWriter {
    let plan: Plan
    let metadata: Metadata
    let scope: TransformRequest.Scope
    private(set) var editor: XMLEditor
    /// What was not as its properties say: roles whose device was missing or had another source, and `bootorder`.
    private(set) var pending: [String] = []

    private let domain: Domain
    private let disks: DiskWriter.Result
    private let oldRecord: UndoRecord
    private var record = UndoRecord()

    /// - Parameters:
    ///   - domain: the plan's with its disks as they are to be.
    ///   - disks: what was done for that.
    init(_ plan: Plan, _ domain: Domain, _ disks: DiskWriter.Result) {
        self.plan = plan
        self.domain = domain
        self.disks = disks
        metadata = Metadata(domain.root)
        scope = plan.scope
        editor = XMLEditor(domain.document)
        oldRecord = UndoRecord(metadata)
    }

    mutating func write(_ values: PropertyValues, unset: Set<String>) throws(DomainXMLError) {
        var devices = try placeDevices()
        try writeBootOrder(&devices)
        insert(devices.filter { $0.existing == nil })
        removeUnused(kept: devices)
        record.metadata = oldRecord.metadata
        record.disks = disks.record
        let writer = MetadataWriter(metadata: metadata, root: domain.root)
        writer.write(values, unset: unset, record: record, old: oldRecord, into: &editor)
    }

    // MARK: Devices

    private struct Placed {
        var wish: OwnCdrom?
        var existing: Disk?
        var slot: DriveSlot?
        var order: Int?

        var target: String { existing?.target ?? slot?.target ?? "" }
        var alias: String { existing?.alias ?? wish?.alias ?? "" }

        /// As libvirt will sort it among the domain's disks.
        var cdrom: EffectiveBootOrder.OwnCdrom {
            .init(
                element: existing.map { Int($0.element.index) },
                bus: existing.map { $0.hasExplicitBus ? $0.bus.rawValue : "" } ?? slot?.bus.rawValue ?? "",
                target: target
            )
        }
    }

    /// Our cdroms as they will be: updated in place where they are there, else with a place of their own.
    private mutating func placeDevices() throws(DomainXMLError) -> [Placed] {
        var slots: DriveSlots?
        var placed: [Placed] = []
        for wish in plan.cdroms {
            if let existing = domain.ownDisk(wish.role) {
                update(existing, wish)
                placed.append(Placed(wish: wish, existing: existing))
                continue
            }
            pending.append(wish.role)
            // A changed number of disks is what the ABI check refuses first.
            if scope == .abiStable { continue }
            var free = slots ?? DriveSlots(domain)
            let slot = try free.take(behind: !wish.isBooted)
            slots = free
            placed.append(Placed(wish: wish, slot: slot))
        }
        if scope == .abiStable {
            let wished = Set(placed.map(\.alias))
            for disk in ownDisks where !wished.contains(disk.alias ?? "") {
                placed.append(Placed(existing: disk))
            }
        }
        return placed
    }

    private var ownDisks: [Disk] { domain.disks.filter { Domain.isOwnCdrom($0.alias) } }

    private mutating func update(_ disk: Disk, _ wish: OwnCdrom) {
        if disk.element.attribute("type") != wish.type { editor.setAttribute("type", to: wish.type, in: disk.element) }
        if let source = disk.element.child("source") {
            if !wish.isSource(source) {
                editor.replace(source, with: wish.source)
                pending.append(wish.role)
            }
        } else {
            if let target = disk.element.child("target") { editor.insert(wish.source, before: target) }
            pending.append(wish.role)
        }
        if scope == .everything, let driver = disk.element.child("driver"),
            let policy = wish.readErrorPolicy(on: disk.bus)
        {
            editor.setAttribute("rerror_policy", to: policy, in: driver)
        }
    }

    private mutating func insert(_ devices: [Placed]) {
        let fragments = devices.compactMap { device in
            device.wish.flatMap { wish in
                device.slot.map { slot in
                    (wish.fragment(slot, bootOrder: device.order), slot.controllerFragment(alias: wish.controllerAlias))
                }
            }
        }
        editor.insert(fragments, into: domain)
    }

    /// Takes out our devices that nobody wants any more, and the controllers that were there for them alone.
    private mutating func removeUnused(kept devices: [Placed]) {
        // One controller less is refused by the ABI check like one disk less.
        if scope == .abiStable {
            record.controllers = oldRecord.controllers
            return
        }
        let keptDisks = Set(devices.compactMap { $0.existing?.element.index })
        var controllers: [UndoRecord.ControllerName] = devices.flatMap { $0.slot?.impliedControllers ?? [] }
        controllers += disks.controllers
        let kept = domain.disks.filter { disk in
            !Domain.isOwnCdrom(disk.alias) || keptDisks.contains(disk.element.index)
        }
        func isUsed(_ type: String, _ index: Int?) -> Bool {
            kept.contains { $0.bus.rawValue == type && $0.address?.controller == index }
                || devices.contains { $0.slot?.bus.rawValue == type && $0.slot?.address?.controller == index }
                || type == "scsi" && domain.scsiHostdevs.contains { $0?.controller == index }
        }
        for disk in ownDisks where !keptDisks.contains(disk.element.index) { editor.remove(disk.element) }
        for name in oldRecord.controllers {
            // libvirt adds every controller below one that it needs.
            if (devices.map(\.existing) + [domain.ownDisk(Template.role)]).contains(where: {
                $0?.bus.rawValue == name.type && ($0?.address?.controller ?? -1) >= name.index
            }) {
                controllers.append(name)
            } else if !isUsed(name.type, name.index),
                let controller = domain.controllers.first(where: { $0.type == name.type && $0.index == name.index })
            {
                editor.remove(controller.element)
            }
        }
        for controller in domain.controllers
        where Domain.isOwnController(controller.alias) && !isUsed(controller.type, controller.index) {
            editor.remove(controller.element)
        }
        record.controllers = controllers
    }

    // MARK: Boot order

    private mutating func writeBootOrder(_ devices: inout [Placed]) throws(DomainXMLError) {
        let booted = devices.indices.filter { index in
            let device = devices[index]
            return device.wish?.isBooted ?? (device.existing?.element.child("boot") != nil)
        }
        let unbooted = devices.indices.filter { !booted.contains($0) }
        let planner = BootPlanner(domain: domain, record: oldRecord)
        let result = try planner.plan(
            own: booted.map { [devices[$0].target, devices[$0].alias] },
            unbooted: unbooted.map { devices[$0].cdrom },
            entries: plan.bootOrder
        )
        if plan.bootOrder != nil, !planner.isInForce(result, own: booted.map { devices[$0].existing }) {
            pending.append("bootorder")
        }
        for (index, order) in zip(booted, result.ownOrders) {
            devices[index].order = order
            if let disk = devices[index].existing { setOrder(order, of: disk.element) }
        }
        for index in unbooted {
            if let disk = devices[index].existing { setOrder(nil, of: disk.element) }
        }
        for (device, order) in zip(domain.bootDevices, result.orders) where device.order != order {
            setOrder(order, of: device.element)
        }
        for (index, device) in domain.bootDevices.enumerated() {
            guard let order = result.orders[index], order != result.base.orders[index] else { continue }
            record.orders[device.key] = .init(was: result.base.orders[index], now: order)
        }
        writeOSBoot(result)
    }

    private mutating func setOrder(_ order: Int?, of element: XMLElement) {
        if let boot = element.child("boot") {
            if let order {
                editor.setAttribute("order", to: String(order), in: boot)
            } else {
                // Of several, libvirt reads the first: without it the next would count.
                for boot in element.children("boot") { editor.remove(boot) }
            }
        } else if let order {
            editor.append([XMLFragment("boot", ["order": String(order)])], to: element)
        }
    }

    private mutating func writeOSBoot(_ result: BootPlanner.Result) {
        let layout = OSBootLayout(root: domain.root, editor: editor)
        if result.keepsOSBoot {
            if let displaced = oldRecord.osBoot, domain.osBoot.isEmpty, !result.base.isPerDevice {
                layout.restore(displaced, into: &editor)
            }
        } else if !domain.osBoot.isEmpty {
            record.osBoot = layout.displaced()
            for boot in domain.osBoot { editor.remove(boot) }
        } else if !result.base.isPerDevice {
            // Unless somebody has changed the order since: then that is what there was.
            let displaced = oldRecord.osBoot ?? []
            record.osBoot = displaced.map(\.device) == result.base.osBoot ? displaced : []
        }
    }
}
