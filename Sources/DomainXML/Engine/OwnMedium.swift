extension DomainTransformer {
    /// Our cdrom of `role` in a running guest, with another medium: what `virDomainUpdateDeviceFlags` takes.
    ///
    /// - Parameter path: the file to put in; `nil` takes the medium out.
    /// - Returns: the `<disk>`; `nil` where the guest has no such cdrom.
    /// - Throws: ``DomainXMLError`` for what ``transform(_:_:)`` would refuse as well.
    public static func medium(of role: String, in xml: [UInt8], path: String?) throws(DomainXMLError) -> [UInt8]? {
        guard let disk = try Domain(try XMLDocument(xml)).ownDisk(role)?.element else { return nil }
        let document = try XMLDocument(Array(xml[disk.start..<disk.end]))
        var editor = XMLEditor(document)
        for child in document.root.children where child.isNamed("source") || child.isNamed("backingStore") {
            editor.remove(child)
        }
        if let path, let target = document.root.child("target") {
            editor.insert(XMLFragment("source", ["file": path]), before: target)
        }
        return editor.apply()
    }
}
