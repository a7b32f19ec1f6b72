/// `bootorder`: these devices first, in this order, the rest behind in theirs.
///
/// - Changes: `<boot order>` and `<os><boot dev>`, only where the effective order becomes another.
/// - Leaves alone: every device, and which devices boot at all besides the named ones.
///
/// An entry is a boot class (`hd`, `cdrom`, `fd`, `network`), a target name, a MAC address or an alias. A class stands
/// for those of its devices that boot already, in their order, or else for libvirt's first device of the class.
enum BootOrder: Transform {
    static let properties = [
        Property(
            "bootorder",
            summary: "boot these first, in this order, the rest behind",
            form: "comma list of hd, cdrom, fd, network, target names, MAC addresses, aliases"
        ) { value in
            let entries = entries(value)
            if entries.contains("") { return "'\(Property.printable(value))' has an empty entry" }
            var seen: Set<String> = []
            for entry in entries where !seen.insert(entry).inserted {
                return "'\(Property.printable(value))' names \(Property.printable(entry)) twice"
            }
            return nil
        }
    ]

    static func plan(_ values: PropertyValues, _ plan: inout Plan) throws(DomainXMLError) {
        plan.bootOrder = values["bootorder"].map { entries($0) }
    }

    private static func entries(_ value: String) -> [String] {
        value.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed }
    }
}
