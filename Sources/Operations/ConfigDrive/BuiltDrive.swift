package import Provisioning

/// A drive that is made, but nowhere yet.
package struct BuiltDrive {
    package let tree: DriveTree
    package let image: [UInt8]
    package let label: String

    /// - Parameters:
    ///   - format: the name of a layout.
    ///   - date: of all files, in seconds since 1970.
    package init(_ data: ConfigDriveData, _ guest: GuestFacts, format: String, date: Int = 0) throws(ConfigDriveError) {
        let layout = try DriveLayouts.named(format)
        tree = try ConfigDriveBuilder(layout: layout).tree(data, for: guest)
        label = data.label ?? layout.defaultLabel
        image = try ISOWriter.image(of: tree, label: label, date: date)
    }

    /// For people: `18 files, 412 KiB, label config-2`.
    package var summary: String { "\(tree.files.count) files, \((image.count + 1023) / 1024) KiB, label \(label)" }
}
