/// `<disk>`, as far as buses, addresses and boot order go.
struct Disk: Sendable {
    let element: XMLElement
    /// `disk`, `lun`, `cdrom` or `floppy`; libvirt's default is `disk`.
    let device: String
    /// `<target dev>`.
    let target: String
    let bus: DiskBus
    /// Whether `<target bus>` says so; else libvirt guesses it from the name.
    let hasExplicitBus: Bool
    /// Where it sits on an ide, sata, scsi or fdc bus: from `<address type='drive'>`, else as libvirt derives it.
    let address: DriveAddress?
    let alias: String?

    init(_ element: XMLElement, position: Int) throws(DomainXMLError) {
        self.element = element
        device = element.attribute("device") ?? "disk"
        alias = element.attribute("name", of: "alias")
        guard let target = element.attribute("dev", of: "target"), !target.isEmpty else {
            throw DomainXMLError(
                .unusableDomain,
                "disk \(position) (\(element.place)) has no <target dev='…'/>: every disk needs one"
            )
        }
        self.target = target
        let explicit = element.attribute("bus", of: "target")
        hasExplicitBus = explicit != nil
        bus = explicit.map { DiskBus(rawValue: $0) } ?? DiskBus.implied(byTarget: target, device: device)
        if let address = element.child("address") {
            self.address = try DriveAddress(address)
        } else {
            address = DriveAddress(target: target, bus: bus)
        }
    }
}

/// `<target bus>`; a struct, since buses come and go and an unknown one is none of our business.
struct DiskBus: RawRepresentable, Hashable, Sendable {
    let rawValue: String

    static let ide = DiskBus(rawValue: "ide")
    static let sata = DiskBus(rawValue: "sata")
    static let scsi = DiskBus(rawValue: "scsi")
    static let usb = DiskBus(rawValue: "usb")
    static let fdc = DiskBus(rawValue: "fdc")
    static let virtio = DiskBus(rawValue: "virtio")
    static let xen = DiskBus(rawValue: "xen")
    static let uml = DiskBus(rawValue: "uml")

    /// What libvirt takes for a `<target>` without a bus (`virDomainDiskDefPostParse`): it goes by the name alone.
    static func implied(byTarget target: String, device: String) -> DiskBus {
        if device == "floppy" { return .fdc }
        let buses: [(String, DiskBus)] = [
            ("hd", .ide), ("sd", .scsi), ("vd", .virtio), ("xvd", .xen), ("ubd", .uml),
        ]
        return buses.first { target.hasPrefix($0.0) }?.1 ?? .ide
    }

    /// What target names on the bus begin with, by custom: libvirt writes them so itself.
    var targetPrefix: String {
        switch self {
        case .ide: "hd"
        case .virtio: "vd"
        case .fdc: "fd"
        default: "sd"
        }
    }
}
