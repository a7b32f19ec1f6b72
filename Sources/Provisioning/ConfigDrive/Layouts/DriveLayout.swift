/// Where on a drive things are, for one kind of reader.
public protocol DriveLayout: Sendable {
    /// The value of the property `configdrive_format`.
    var name: String { get }
    /// The volume label by which guests find the drive.
    var defaultLabel: String { get }

    /// - Parameter network: what the drive says of the network; `nil` for nothing.
    /// - Throws: `badInput` where the layout has no place for something.
    func tree(_ contents: DriveContents, network: NetworkConfiguration?) throws(ConfigDriveError) -> DriveTree
}

/// The layouts that there are.
public enum DriveLayouts {
    /// The first is the one that is taken where none is named.
    public static let all: [any DriveLayout] = [ConfigDriveLayout(), NoCloudLayout()]

    /// - Throws: `badInput`, with the known names, where there is none of that name.
    public static func named(_ name: String) throws(ConfigDriveError) -> any DriveLayout {
        if let layout = all.first(where: { $0.name == name }) { return layout }
        let known = all.map { "'\($0.name)'" }.joined(separator: ", ")
        throw ConfigDriveError(
            .badInput,
            "'\(DisplayURL.printable(name))' is not a format of a config drive; known are \(known)"
        )
    }
}
