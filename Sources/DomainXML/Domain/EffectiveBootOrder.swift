/// What the firmware will try, one device after the other: libvirt's own reading of a domain.
struct EffectiveBootOrder {
    /// Either per-device orders or `<os><boot dev>`: libvirt refuses both together.
    struct Configuration: Equatable {
        /// One for each of ``Domain/bootDevices``.
        var orders: [Int?]
        /// The classes of `<os><boot dev>`; empty where the domain leaves it to libvirt.
        var osBoot: [String]

        var isPerDevice: Bool { orders.contains { $0 != nil } }
    }

    let domain: Domain

    /// Indices into ``Domain/bootDevices``, in the order in which they are tried.
    ///
    /// - Parameter known: devices that a class stood for before; they still do, even if libvirt has sorted its list anew.
    func devices(_ configuration: Configuration, known: Set<Int> = []) -> [Int] {
        if configuration.isPerDevice {
            return configuration.orders.indices
                .filter { configuration.orders[$0] != nil }
                .sorted { (configuration.orders[$0] ?? 0, $0) < (configuration.orders[$1] ?? 0, $1) }
        }
        // virDomainDefBootOrderPostParse: no boot element at all means the first disk.
        // virDomainDefParseBootXML: what stands behind the fourth is not read.
        let classes = configuration.osBoot.isEmpty ? ["hd"] : configuration.osBoot.prefix(4)
        // qemuProcessPrepareDeviceBootorder: a class named twice counts where it is named last, and each class stands
        // for one device, libvirt's first; a class without a device falls away.
        var last: [String: Int] = [:]
        for (position, name) in classes.enumerated() { last[name] = position }
        let order = listOrder
        func first(_ name: String) -> Int? {
            order.first { known.contains($0) && domain.bootDevices[$0].bootClass == name }
                ?? order.first { domain.bootDevices[$0].bootClass == name }
        }
        return last.sorted { $0.value < $1.value }.compactMap { first($0.key) }
    }

    /// libvirt's first device of a boot class.
    func first(ofClass name: String) -> Int? {
        listOrder.first { domain.bootDevices[$0].bootClass == name }
    }

    /// The boot devices in the order of libvirt's own lists: disks as `virDomainDiskInsert` sorts them while it reads the
    /// document, everything else as it stands. That function puts a disk in front of the first of its bus with a higher
    /// index, or else behind the last of its bus: so buses come as they first appear, the disks of each by their index.
    private var listOrder: [Int] {
        var buses: [String] = []
        var disks: [String: [(device: Int, index: Int)]] = [:]
        var others: [Int] = []
        let byElement = Dictionary(
            domain.disks.map { ($0.element.index, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        for (device, boot) in domain.bootDevices.enumerated() {
            guard boot.kind == .disk, let disk = byElement[boot.element.index] else {
                others.append(device)
                continue
            }
            // The bus is guessed from the name only after the list is built: until then all such disks share "none".
            let bus = disk.hasExplicitBus ? disk.bus.rawValue : ""
            if disks[bus] == nil { buses.append(bus) }
            disks[bus, default: []].append((device, TargetName.index(of: disk.target) ?? -1))
        }
        let sorted = buses.flatMap { bus in
            (disks[bus] ?? []).sorted { ($0.index, $0.device) < ($1.index, $1.device) }.map(\.device)
        }
        return sorted + others
    }
}
