/// What a domain says about itself, for people and scripts that only look.
public struct DomainSummary: Sendable, Equatable {
    /// A device that Hostler attached, or a disk that it gave an image.
    public struct OwnDevice: Sendable, Equatable {
        /// The property it is there for.
        public let role: String
        public let target: String
        public let bus: String
        /// A URL without its query, or the path of a file or a socket.
        public let source: String
    }

    /// An interface of the guest, as its network sees it.
    public struct Interface: Sendable, Equatable {
        /// `<mac address>`; `nil` where libvirt has not made one up yet.
        public let mac: String?
        /// `<mtu size>` in bytes.
        public let mtu: Int?
    }

    public let name: String
    public let uuid: String?
    /// The properties in force from the document's own metadata.
    public let properties: [PropertyValue]
    public let devices: [OwnDevice]
    /// In the document's order.
    public let interfaces: [Interface]
    /// What the firmware tries, in order: `cdrom sda`, `interface 52:54:00:12:34:56`.
    public let bootOrder: [String]
}

extension DomainTransformer {
    /// Reads a domain without changing it.
    ///
    /// - Throws: ``DomainXMLError`` for what ``transform(_:_:)`` would refuse as well.
    public static func inspect(_ xml: [UInt8]) throws(DomainXMLError) -> DomainSummary {
        let document = try XMLDocument(xml)
        let domain = try Domain(document)
        let values = try PropertyValues(TransformRequest(), Metadata(document.root))
        let own = domain.disks.filter { Domain.isOwnCdrom($0.alias) }
        let images = Set(UndoRecord(Metadata(document.root)).disks.map(\.target))
        return DomainSummary(
            name: document.root.child("name")?.text.trimmed ?? "",
            uuid: document.root.child("uuid")?.text.trimmed,
            properties: values.sorted,
            devices: domain.disks.compactMap { disk in
                var role = Template.role
                if Domain.isOwn(disk.alias) {
                    role = String((disk.alias ?? "").dropFirst(Domain.aliasPrefix.count))
                } else if !images.contains(disk.target) {
                    return nil
                }
                return DomainSummary.OwnDevice(
                    role: role,
                    target: disk.target,
                    bus: disk.bus.rawValue,
                    source: source(of: disk)
                )
            },
            interfaces: domain.deviceBlocks.flatMap { $0.children("interface") }.map { interface in
                DomainSummary.Interface(
                    mac: interface.attribute("address", of: "mac"),
                    mtu: interface.attribute("size", of: "mtu").flatMap { Int($0) }
                )
            },
            bootOrder: try bootOrder(domain, own)
        )
    }

    private static func source(of disk: Disk) -> String {
        guard let source = disk.element.child("source") else { return "" }
        guard source.attribute("protocol") == "https", let host = source.child("host") else {
            let socket = source.child("host")?.attribute("socket")
            return source.attribute("file") ?? source.attribute("dev") ?? socket ?? ""
        }
        let name = host.attribute("name") ?? ""
        let authority = name.contains(":") ? "[\(name)]" : name
        let port = host.attribute("port").flatMap { $0 == "443" ? nil : ":" + $0 } ?? ""
        let path = source.attribute("name") ?? ""
        return "https://\(authority)\(port)\(path.hasPrefix("/") ? "" : "/")\(path)"
    }

    private static func bootOrder(_ domain: Domain, _ own: [Disk]) throws(DomainXMLError) -> [String] {
        let effective = EffectiveBootOrder(domain: domain)
        var ordered: [(order: Int, name: String)] = []
        for disk in own {
            guard let order = disk.element.attribute("order", of: "boot").flatMap({ Int($0) }) else { continue }
            ordered.append((order, "cdrom \(disk.target)"))
        }
        let configuration = EffectiveBootOrder.Configuration(
            orders: domain.bootDevices.map(\.order),
            osBoot: domain.osBoot.map { $0.attribute("dev") ?? "" }
        )
        if ordered.isEmpty || configuration.isPerDevice {
            for (position, device) in effective.devices(configuration).enumerated() {
                let boot = domain.bootDevices[device]
                ordered.append((boot.order ?? position + 1, boot.description))
            }
        }
        return ordered.sorted { $0.order < $1.order }.map(\.name)
    }
}
