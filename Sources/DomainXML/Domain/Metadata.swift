/// What `<metadata>` holds for Hostler: properties, and the record of what was displaced.
///
/// Elements are matched by namespace URI, never by prefix: libvirt moves declarations about, and users choose prefixes.
struct Metadata {
    static let hostlerNamespace = "urn:hostler:domain:1.0"
    static let ovirtNamespace = "http://ovirt.org/vm/1.0"

    let element: XMLElement?
    /// Hostler's own top-level element, whatever its local name; libvirt keeps the first of a namespace.
    let own: XMLElement?

    init(_ root: XMLElement) {
        element = root.child("metadata")
        own = element.flatMap { metadata in
            metadata.children.first { $0.namespace == Self.hostlerNamespace }
        }
    }

    /// Children of our element that are properties.
    var ownProperties: [XMLElement] {
        own.map { $0.children.filter { $0.namespace == Self.hostlerNamespace && $0.name != UndoRecord.elementName } }
            ?? []
    }

    var undo: XMLElement? {
        own?.children.first { $0.namespace == Self.hostlerNamespace && $0.name == UndoRecord.elementName }
    }

    /// Children of oVirt's `<ovirt-vm:vm><ovirt-vm:custom>`: the VM's custom properties. Those of its devices, which sit
    /// in `<ovirt-vm:device>`, are not the VM's.
    var ovirtProperties: [XMLElement] {
        guard let element else { return [] }
        let machines = element.children.filter { $0.namespace == Self.ovirtNamespace && $0.name == "vm" }
        return machines.flatMap { machine in
            machine.children
                .filter { $0.namespace == Self.ovirtNamespace && $0.name == "custom" }
                .flatMap { Array($0.children) }
        }
    }
}

extension UndoRecord {
    /// What a domain's metadata says, or nothing.
    init(_ metadata: Metadata) {
        if let element = metadata.undo { self.init(element) } else { self.init() }
    }
}
