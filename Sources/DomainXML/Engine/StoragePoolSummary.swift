/// What a libvirt storage pool says about itself, for those who put a file into it.
/// Source: libvirt's "Storage pool and volume XML format", https://libvirt.org/formatstorage.html
public struct StoragePoolSummary: Sendable, Equatable {
    public let name: String
    /// `dir`, `fs`, `netfs`, `logical`, `rbd`, …
    public let type: String
    /// `<target><path>`; `nil` where the pool's volumes are no files of the host.
    public let path: String?

    /// Whether volumes of the pool are plain files in a folder.
    public var hasFiles: Bool { path != nil && ["dir", "fs", "netfs"].contains(type) }

    /// - Throws: ``DomainXMLError`` where `xml` is not a storage pool.
    public init(_ xml: [UInt8]) throws(DomainXMLError) {
        let root = try XMLDocument(xml).root
        guard root.isNamed("pool"), let type = root.attribute("type") else {
            throw DomainXMLError(.malformedXML, "the root element is <\(root.name)>, not libvirt's <pool type='…'>")
        }
        self.type = type
        name = root.child("name")?.text.trimmed ?? ""
        path = root.child("target")?.child("path")?.text.trimmed
    }
}
