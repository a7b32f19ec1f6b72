/// A domain as the transforms see it: libvirt's meaning of a document.
///
/// Look-ups span all `<devices>` elements, since CloudStack writes two of them and libvirt merges them.
struct Domain: Sendable {
    /// User aliases of devices that Hostler owns begin so; libvirt keeps aliases that begin with `ua-`.
    static let aliasPrefix = "ua-hostler-"
    private static let ownAliases = Set(Transforms.all.flatMap { $0.roles }.map { aliasPrefix + $0 })

    /// Whether a device of that alias is one that we attach. Others may call theirs `ua-hostler-something`.
    static func isOwn(_ alias: String?) -> Bool { alias.map { ownAliases.contains($0) } ?? false }

    /// Whether a device of that alias is a cdrom that we attach; what `template` adds is a disk like the domain's own.
    static func isOwnCdrom(_ alias: String?) -> Bool { isOwn(alias) && alias != aliasPrefix + Template.role }

    /// Whether a controller of that alias is one that we added for a device of ours.
    static func isOwnController(_ alias: String?) -> Bool {
        guard let alias, alias.hasSuffix(OwnCdrom.controllerSuffix) else { return false }
        return ownAliases.contains(String(alias.dropLast(OwnCdrom.controllerSuffix.count)))
    }

    let document: XMLDocument
    let machine: Machine
    let deviceBlocks: [XMLElement]
    let disks: [Disk]
    let controllers: [Controller]
    /// Where scsi devices of the host sit; `nil` for one whose place libvirt chooses.
    let scsiHostdevs: [DriveAddress?]
    /// All devices that can carry `<boot order>`, Hostler's own cdroms left out, in document order.
    let bootDevices: [BootDevice]
    /// `<os><boot dev>` in order.
    let osBoot: [XMLElement]
    /// Whether `<os><kernel>` boots the guest past its firmware.
    let hasKernel: Bool

    var root: XMLElement { document.root }

    var uuid: String? { root.child("uuid")?.text.trimmed }

    /// Whether the document is a domain at all, whatever is in it.
    static func check(_ document: XMLDocument) throws(DomainXMLError) {
        let root = document.root
        if !root.isNamed("domain") {
            let namespace = root.namespace.isEmpty ? "" : " of namespace '\(Property.printable(root.namespace))'"
            throw DomainXMLError(
                .unusableDomain,
                "the root element is <\(root.prefix)\(root.name)>\(namespace), not libvirt's <domain>"
            )
        }
    }

    init(_ document: XMLDocument) throws(DomainXMLError) {
        try Self.check(document)
        self.document = document
        let root = document.root
        try Self.checkType(root.attribute("type"))

        let osElements = root.children("os")
        let type = osElements.lazy.compactMap { $0.child("type") }.first
        machine = Machine(arch: type?.attribute("arch"), machine: type?.attribute("machine"))
        osBoot = osElements.flatMap { $0.children("boot") }
        hasKernel = osElements.contains { $0.child("kernel").map { !$0.text.isEmpty } ?? false }

        deviceBlocks = root.children("devices")
        if deviceBlocks.isEmpty {
            throw DomainXMLError(.unusableDomain, "the domain has no <devices>: there is nothing to attach a device to")
        }
        var disks: [Disk] = []
        var targets: Set<String> = []
        var controllers: [Controller] = []
        var bootDevices: [BootDevice] = []
        var counts: [BootDevice.Kind: Int] = [:]
        for block in deviceBlocks {
            for element in block.children {
                if element.isNamed("disk") {
                    let disk = try Disk(element, position: disks.count + 1)
                    if !targets.insert(disk.target).inserted {
                        throw DomainXMLError(
                            .unusableDomain,
                            "target '\(Property.printable(disk.target))' (\(element.place)) is used by two disks"
                        )
                    }
                    disks.append(disk)
                    if !Self.isOwnCdrom(disk.alias) {
                        bootDevices.append(try BootDevice(disk: disk))
                    }
                } else if element.isNamed("controller") {
                    controllers.append(try Controller(element))
                } else if let kind = Self.bootKind(element) {
                    bootDevices.append(try BootDevice(element, kind: kind, position: counts[kind, default: 0]))
                    counts[kind, default: 0] += 1
                }
            }
        }
        var scsiHostdevs: [DriveAddress?] = []
        for device in bootDevices where device.kind == .hostdev && device.element.attribute("type") == "scsi" {
            guard let address = device.element.child("address") else {
                scsiHostdevs.append(nil)
                continue
            }
            scsiHostdevs.append(try DriveAddress(address))
        }
        self.scsiHostdevs = scsiHostdevs
        self.disks = disks
        self.controllers = controllers
        self.bootDevices = bootDevices
    }

    private static func bootKind(_ element: XMLElement) -> BootDevice.Kind? {
        if element.isNamed("interface") { return .interface }
        if element.isNamed("hostdev") { return .hostdev }
        if element.isNamed("redirdev") { return .redirdev }
        return nil
    }

    /// Other hypervisors have other drivers, with other buses and no HTTPS disks.
    private static func checkType(_ type: String?) throws(DomainXMLError) {
        guard let type, !type.isEmpty else {
            throw DomainXMLError(.unusableDomain, "the domain has no type: <domain type='kvm'> or 'qemu' is needed")
        }
        if type != "kvm" && type != "qemu" {
            throw DomainXMLError(
                .unusableDomain,
                "the domain's type is '\(Property.printable(type))'; only kvm and qemu domains are handled"
            )
        }
    }

    /// The device that Hostler added for `role`, if it is there.
    func ownDisk(_ role: String) -> Disk? {
        disks.first { $0.alias == Self.aliasPrefix + role }
    }
}
