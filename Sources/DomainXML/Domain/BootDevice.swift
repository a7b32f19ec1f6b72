/// A device that can carry `<boot order>`: a disk, interface, hostdev or redirdev.
struct BootDevice: Sendable {
    enum Kind: String, Sendable {
        case disk, interface, hostdev, redirdev
    }

    let element: XMLElement
    let kind: Kind
    /// What it is called in Hostler's own record: stable when libvirt fills the domain in.
    let key: String
    /// libvirt's boot class: `hd`, `cdrom`, `fd`, `network`; none for hostdevs and redirdevs.
    let bootClass: String?
    /// What `bootorder` may call it: target name, MAC address, alias.
    let names: [String]
    let order: Int?
    /// Whether it is a disk that we have added.
    let isOwn: Bool

    /// For people: `disk vda`, `cdrom sda`, `interface 52:54:00:…`.
    var description: String {
        let word =
            switch bootClass {
            case "cdrom": "cdrom"
            case "fd": "floppy"
            default: kind.rawValue
            }
        return names.first.map { "\(word) \($0)" } ?? key
    }

    init(disk: Disk) throws(DomainXMLError) {
        element = disk.element
        kind = .disk
        key = "disk:\(disk.target)"
        bootClass =
            switch disk.device {
            case "disk", "lun": "hd"
            case "cdrom": "cdrom"
            case "floppy": "fd"
            default: nil
            }
        names = [disk.target] + (disk.alias.map { [$0] } ?? [])
        order = try Self.order(of: disk.element, "disk \(disk.target)")
        isOwn = Domain.isOwn(disk.alias)
    }

    init(_ element: XMLElement, kind: Kind, position: Int) throws(DomainXMLError) {
        self.element = element
        self.kind = kind
        key = "\(kind.rawValue):\(position)"
        bootClass = kind == .interface ? "network" : nil
        isOwn = false
        let candidates = [
            kind == .interface ? element.attribute("address", of: "mac") : nil,
            element.attribute("name", of: "alias"),
            kind == .interface ? element.attribute("dev", of: "target") : nil,
        ]
        names = candidates.compactMap { $0 }
        order = try Self.order(
            of: element,
            names.first.map { "\(kind.rawValue) \($0)" } ?? "\(kind.rawValue) \(position + 1)"
        )
    }

    /// libvirt reads an unsigned 32-bit number that is not 0 (`virDomainDeviceBootParseXML`).
    private static func order(of element: XMLElement, _ who: String) throws(DomainXMLError) -> Int? {
        guard let boot = element.child("boot") else { return nil }
        let text = boot.attribute("order") ?? ""
        guard let order = UInt32(text.drop { $0 == " " }), order > 0 else {
            throw DomainXMLError(
                .unusableDomain,
                "boot order '\(text)' of \(who) (\(boot.place)) is not a number of 1 or more"
            )
        }
        return Int(order)
    }
}
