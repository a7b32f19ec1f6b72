/// Works out the boot order: what there was before Hostler, what the properties make of it, and what to write.
struct BootPlanner {
    let domain: Domain
    let record: UndoRecord

    struct Result {
        /// For each of ``Domain/bootDevices``.
        var orders: [Int?]
        /// For each booted cdrom of ours, in the plan's order.
        var ownOrders: [Int]
        /// The configuration without Hostler.
        var base: EffectiveBootOrder.Configuration
        /// Whether `<os><boot dev>` stays as it is (or comes back), or gives way to orders.
        var keepsOSBoot: Bool
    }

    /// - Parameters:
    ///   - own: names by which `bootorder` may call our booted cdroms: target and alias of each.
    ///   - unbooted: our cdroms that must not be booted.
    ///   - entries: the value of `bootorder`.
    /// - Throws: `unusableDomain` where libvirt would refuse the boot order that is there; `invalidProperty` for an entry
    ///   that nothing matches.
    func plan(
        own: [[String]],
        unbooted: [EffectiveBootOrder.OwnCdrom],
        entries: [String]?
    ) throws(DomainXMLError) -> Result {
        try checkConsistency()
        let base = self.base
        let effective = EffectiveBootOrder(domain: domain, isLiteral: false)
        let known = domain.bootDevices.indices.filter { record.orders[domain.bootDevices[$0].key] != nil }
        let before = effective.devices(base, known: record.osBoot == nil ? [] : Set(known))
        var sequence: [Item] = own.indices.map { .own($0) } + before.map { .device($0) }
        if let entries { sequence = try arrange(sequence, entries, own: own, effective: effective) }

        // A domain that boots from nothing cannot say so with orders: there a class that leads to our drive stays.
        let isOtherwise = EffectiveBootOrder(domain: domain).devices(base) != effective.devices(base)
        let mustNameDevices = !before.isEmpty && (effective.isBooted(base, oneOf: unbooted) || isOtherwise)
        let isUnchanged = own.isEmpty && sequence == before.map { .device($0) } && !mustNameDevices
        if isUnchanged {
            return Result(orders: base.orders, ownOrders: [], base: base, keepsOSBoot: true)
        }
        var result = Result(
            orders: base.orders.map { _ in nil },
            ownOrders: own.map { _ in 0 },
            base: base,
            keepsOSBoot: false
        )
        let isShift = entries == nil && base.isPerDevice
        let highest = base.orders.compactMap { $0 }.max() ?? 0
        let canShift = isShift && highest + own.count <= Int(UInt32.max)
        for (position, item) in sequence.enumerated() {
            switch item {
            case .own(let index): result.ownOrders[index] = position + 1
            case .device(let index):
                // Gaps stay where orders only move behind ours.
                result.orders[index] = canShift ? (base.orders[index] ?? 0) + own.count : position + 1
            }
        }
        return result
    }

    private enum Item: Equatable {
        case own(Int)
        case device(Int)
    }

    /// Whether the domain boots in the order of `result` already.
    ///
    /// - Parameter own: our booted cdroms as they are; `nil` for one that is not there yet.
    func isInForce(_ result: Result, own: [Disk?]) -> Bool {
        let current = EffectiveBootOrder.Configuration(
            orders: domain.bootDevices.map(\.order),
            osBoot: domain.osBoot.map { $0.attribute("dev") ?? "" }
        )
        let ownOrders = own.map { $0?.element.attribute("order", of: "boot").flatMap { Int($0) } }
        return sequence(current, own: ownOrders)
            == sequence(.init(orders: result.orders, osBoot: result.base.osBoot), own: result.ownOrders)
    }

    private func sequence(_ configuration: EffectiveBootOrder.Configuration, own: [Int?]) -> [Item] {
        let orders =
            configuration.orders.enumerated().map { ($1, Item.device($0)) }
            + own.enumerated().map { ($1, Item.own($0)) }
        let given = orders.compactMap { order, item in order.map { ($0, item) } }
        if given.isEmpty { return EffectiveBootOrder(domain: domain).devices(configuration).map { .device($0) } }
        return given.sorted { $0.0 < $1.0 }.map(\.1)
    }

    // MARK: What there was

    /// The configuration as it would be without Hostler. Where somebody changed an order after us, theirs stands.
    var base: EffectiveBootOrder.Configuration {
        let devices = domain.bootDevices
        let isOurs = devices.map { record.orders[$0.key]?.now == $0.order }
        if let osBoot = record.osBoot, domain.osBoot.isEmpty, isOurs.allSatisfy({ $0 }) {
            return .init(orders: devices.map { _ in nil }, osBoot: osBoot.map(\.device))
        }
        var orders = devices.map { device -> Int? in
            guard let recorded = record.orders[device.key], recorded.now == device.order else { return device.order }
            return record.osBoot == nil ? recorded.was : device.order
        }
        let used = orders.compactMap { $0 }
        if Set(used).count != used.count {
            let ranked = orders.indices.filter { orders[$0] != nil }.sorted {
                (orders[$0] ?? 0, devices[$0].order ?? 0) < (orders[$1] ?? 0, devices[$1].order ?? 0)
            }
            for (rank, index) in ranked.enumerated() { orders[index] = rank + 1 }
        }
        return .init(orders: orders, osBoot: domain.osBoot.map { $0.attribute("dev") ?? "" })
    }

    private func checkConsistency() throws(DomainXMLError) {
        var seen: [Int: String] = [:]
        let ownOrders = domain.disks.filter { Domain.isOwnCdrom($0.alias) }.map { disk in
            (disk.element.attribute("order", of: "boot").flatMap { Int($0) }, "disk \(disk.target)")
        }
        for (order, name) in domain.bootDevices.map({ ($0.order, $0.description) }) + ownOrders {
            guard let order else { continue }
            if let other = seen[order] {
                throw DomainXMLError(.unusableDomain, "boot order \(order) is used by both \(other) and \(name)")
            }
            seen[order] = name
        }
        if let boot = domain.osBoot.first, !seen.isEmpty {
            throw DomainXMLError(
                .unusableDomain,
                "the domain has both <os><boot dev> (\(boot.place)) and <boot order>, which libvirt refuses together"
            )
        }
        for boot in domain.osBoot {
            let name = boot.attribute("dev") ?? ""
            if !Self.classes.contains(name) {
                throw DomainXMLError(
                    .unusableDomain,
                    "<os><boot dev='\(Property.printable(name))'/> (\(boot.place)) is not one of fd, hd, cdrom, network"
                )
            }
        }
    }

    private static let classes = ["fd", "hd", "cdrom", "network"]

    // MARK: bootorder

    private func arrange(
        _ sequence: [Item],
        _ entries: [String],
        own: [[String]],
        effective: EffectiveBootOrder
    ) throws(DomainXMLError) -> [Item] {
        var named: [Item] = []
        for entry in entries {
            let items = try match(entry, sequence, own, effective)
            named += items.filter { !named.contains($0) }
        }
        // Our booted cdroms come first unless they are named: being first is what they are for.
        let unnamedOwn = own.indices.map { Item.own($0) }.filter { !named.contains($0) }
        let rest = sequence.filter { !named.contains($0) && !unnamedOwn.contains($0) }
        return unnamedOwn + named + rest
    }

    private func match(
        _ entry: String,
        _ sequence: [Item],
        _ own: [[String]],
        _ effective: EffectiveBootOrder
    ) throws(DomainXMLError) -> [Item] {
        let name = entry == "floppy" ? "fd" : entry
        if let index = own.firstIndex(where: { $0.contains(name) }) { return [.own(index)] }
        if Self.classes.contains(name) {
            let booting = sequence.filter {
                if case .device(let index) = $0 { return domain.bootDevices[index].bootClass == name }
                return false
            }
            if !booting.isEmpty { return booting }
            if let first = effective.first(ofClass: name) { return [.device(first)] }
            // The only cdrom may be ours, which has its place already.
            if name == "cdrom" && !own.isEmpty { return [] }
        } else if let index = domain.bootDevices.firstIndex(where: { device in
            device.names.contains { $0 == name || (device.kind == .interface && $0.lowercased() == name.lowercased()) }
        }) {
            return [.device(index)]
        }
        throw DomainXMLError(
            .invalidProperty,
            "bootorder: no device matches '\(Property.printable(entry))'; there are \(inventory(own))"
        )
    }

    private func inventory(_ own: [[String]]) -> String {
        let classes = Self.classes.filter { name in
            domain.bootDevices.contains { $0.bootClass == name } || (name == "cdrom" && !own.isEmpty)
        }
        let names = own.flatMap { $0 } + domain.bootDevices.flatMap(\.names)
        return classes.isEmpty && names.isEmpty ? "no devices to boot from" : (classes + names).joined(separator: ", ")
    }
}
