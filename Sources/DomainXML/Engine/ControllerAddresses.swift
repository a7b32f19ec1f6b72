/// Chooses addresses for controllers and virtio disks that we add, so that nothing else moves.
///
/// libvirt gives out addresses upwards, controllers before disks, and adds root ports and bridges for what finds no place
/// (`qemuDomainAssignAddresses`). A controller of ours without an address would shift those of disks, and what libvirt
/// added for it would stay behind when it goes. With an address from the top, everything else is what it is without us.
struct ControllerAddresses {
    private let board: Machine.Board
    private var slots: Set<Slot> = []
    private var devnos: Set<Int> = []
    private var registers: Set<Int> = []
    /// Whether the guest's virtio devices are on virtio-mmio: libvirt then puts ours there too.
    private var hasMMIO = false

    private struct Slot: Hashable {
        let bus: Int
        let slot: Int
    }

    init(_ domain: Domain) {
        board = domain.machine.board
        for device in domain.deviceBlocks.flatMap(\.children) {
            guard let address = device.child("address") else { continue }
            switch address.attribute("type") {
            case "pci": slots.insert(Slot(bus: Self.number("bus", address), slot: Self.number("slot", address)))
            case "ccw": devnos.insert(Self.number("devno", address))
            case "spapr-vio": registers.insert(Self.number("reg", address))
            case "virtio-mmio": hasMMIO = true
            default: continue
            }
        }
    }

    /// Takes the best free place; `nil` leaves it to libvirt.
    mutating func take() -> XMLFragment? {
        switch board {
        case .i440FX: return slot((3...0x1F).reversed())
        case .q35:
            // 1F is the chipset's own. At 1E, 1D, 1B and 1A libvirt likes to put what real hardware has there
            // (qemuDomainValidateDevicePCISlotsQ35).
            return slot([0x1C] + (2...0x19).reversed())
        case .virt: return hasMMIO ? nil : slot((2...0x1F).reversed())
        case .s390: return devno()
        case .pseries: return register()
        case .other: return nil
        }
    }

    /// Takes the best free place for a virtio disk; `nil` leaves it to libvirt.
    mutating func takeForVirtio() -> XMLFragment? {
        board == .pseries ? slot((1...0x1F).reversed()) : take()
    }

    /// A slot of the root bus. On PCI Express that makes a device integrated into the root complex, which needs no port.
    private mutating func slot(_ candidates: [Int]) -> XMLFragment? {
        guard let free = candidates.first(where: { !slots.contains(Slot(bus: 0, slot: $0)) }) else { return nil }
        slots.insert(Slot(bus: 0, slot: free))
        return XMLFragment(
            "address",
            [
                "type": "pci", "domain": "0x0000", "bus": "0x00", "slot": Self.hexadecimal(free, digits: 2),
                "function": "0x0",
            ]
        )
    }

    private mutating func devno() -> XMLFragment? {
        guard let free = (0...0xFFFF).reversed().first(where: { !devnos.contains($0) }) else { return nil }
        devnos.insert(free)
        return XMLFragment(
            "address",
            ["type": "ccw", "cssid": "0xfe", "ssid": "0x0", "devno": Self.hexadecimal(free, digits: 4)]
        )
    }

    /// QEMU makes the interrupt from the fourth digit (`spapr_vio_reg_to_irq`), so there are no more than fifteen.
    private mutating func register() -> XMLFragment? {
        guard let free = (1...0xF).reversed().first(where: { !registers.contains($0 << 12) }) else { return nil }
        registers.insert(free << 12)
        return XMLFragment("address", ["type": "spapr-vio", "reg": Self.hexadecimal(free << 12, digits: 8)])
    }

    /// As C's `strtol` with base 0 reads it, and so libvirt.
    private static func number(_ name: String, _ address: XMLElement) -> Int {
        let text = (address.attribute(name) ?? "").lowercased()
        if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16) ?? 0 }
        return (text.hasPrefix("0") ? Int(text, radix: 8) : Int(text)) ?? 0
    }

    private static func hexadecimal(_ number: Int, digits: Int) -> String {
        let text = String(number, radix: 16)
        return "0x" + String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
