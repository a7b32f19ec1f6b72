/// Makes a config drive from what a guest is to be given.
public struct ConfigDriveBuilder: Sendable {
    public let layout: any DriveLayout

    public init(layout: any DriveLayout = ConfigDriveLayout()) { self.layout = layout }

    /// The files of the drive. The same input gives the same files.
    ///
    /// - Throws: `badInput`, before anything is built, with the first thing that is wrong.
    public func tree(_ data: ConfigDriveData, for guest: GuestFacts) throws(ConfigDriveError) -> DriveTree {
        let contents = try DriveContents(data, for: guest)
        let network: NetworkConfiguration? =
            switch data.network {
            case .none: nil
            case .auto: try NetworkConfiguration.auto(guest)
            case .file(let text): try NetworkConfiguration(text, for: guest)
            }
        return try layout.tree(contents, network: network)
    }

    /// The drive as an ISO 9660 image.
    ///
    /// - Parameter date: of every file, in seconds since 1970; fixed, so that the same input gives the same image.
    /// - Throws: as ``tree(_:for:)`` and ``ISOWriter`` do.
    public func image(
        _ data: ConfigDriveData,
        for guest: GuestFacts,
        date: Int = 0
    ) throws(ConfigDriveError) -> [UInt8] {
        try ISOWriter.image(of: tree(data, for: guest), label: data.label ?? layout.defaultLabel, date: date)
    }
}
