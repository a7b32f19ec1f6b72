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
    /// Whether a disk that we have added takes its turn as libvirt has it. Else it comes behind the domain's own, so that
    /// a class goes on standing for what it stood for.
    var isLiteral = true

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

    /// A cdrom of ours, which is none of ``Domain/bootDevices``.
    struct OwnCdrom {
        /// Its place in the document; `nil` for one that is to be added behind all others.
        let element: Int?
        /// As the document says it: empty where it does not.
        let bus: String
        let target: String
    }

    /// Whether libvirt would take one of `cdroms` for what `<os><boot dev='cdrom'>` means: the first in its list.
    func isBooted(_ configuration: Configuration, oneOf cdroms: [OwnCdrom]) -> Bool {
        if cdroms.isEmpty || configuration.isPerDevice || !configuration.osBoot.prefix(4).contains("cdrom") {
            return false
        }
        let own = cdroms.map { Entry(id: -1, element: $0.element ?? Int.max, bus: $0.bus, target: $0.target) }
        return Self.sorted(diskEntries + own).first { $0 < 0 || domain.bootDevices[$0].bootClass == "cdrom" } == -1
    }

    /// A disk on its way into libvirt's list.
    private struct Entry {
        let id: Int
        let element: Int
        let bus: String
        let target: String
    }

    private var diskEntries: [Entry] {
        let byElement = Dictionary(
            domain.disks.map { ($0.element.index, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        return domain.bootDevices.enumerated().compactMap { device, boot -> Entry? in
            guard boot.kind == .disk, let disk = byElement[boot.element.index] else { return nil }
            // The bus is guessed from the name only after the list is built: until then all such disks share "none".
            let bus = disk.hasExplicitBus ? disk.bus.rawValue : ""
            return Entry(id: device, element: Int(boot.element.index), bus: bus, target: disk.target)
        }
    }

    /// As `virDomainDiskInsert` sorts them while it reads the document: it puts a disk in front of the first of its bus with
    /// a higher index, or else behind the last of its bus. So buses come as they first appear, the disks of each by index.
    private static func sorted(_ entries: [Entry]) -> [Int] {
        var buses: [String] = []
        var disks: [String: [Entry]] = [:]
        for entry in entries.sorted(by: { $0.element < $1.element }) {
            if disks[entry.bus] == nil { buses.append(entry.bus) }
            disks[entry.bus, default: []].append(entry)
        }
        func key(_ entry: Entry) -> (Int, Int) { (TargetName.index(of: entry.target) ?? -1, entry.element) }
        return buses.flatMap { bus in (disks[bus] ?? []).sorted { key($0) < key($1) }.map(\.id) }
    }

    /// The boot devices in the order of libvirt's own lists: disks as it sorts them, everything else as it stands.
    private var listOrder: [Int] {
        let others = domain.bootDevices.indices.filter { domain.bootDevices[$0].kind != .disk }
        let disks = Self.sorted(diskEntries)
        if isLiteral { return disks + others }
        func isOwn(_ index: Int) -> Bool { domain.bootDevices[index].isOwn }
        return disks.filter { !isOwn($0) } + disks.filter(isOwn) + others
    }
}
