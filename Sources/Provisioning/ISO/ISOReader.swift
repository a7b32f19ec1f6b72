/// What an image holds.
public struct DriveImage: Sendable, Equatable {
    /// The volume identifier, without the spaces that fill it up.
    public let label: String
    /// Folder by folder, each in the order of its names. Files with one place in the image share one content.
    public let tree: DriveTree
    /// Paths of what is neither a file nor a folder, such as symbolic links and devices, and so is not in ``tree``.
    public let skipped: [String]
}

/// Reads the files of an ISO 9660 image: by Rock Ridge, else by Joliet, else by the plain names.
///
/// Images come from anywhere, so this trusts nothing that they say: every place is checked against the image, folders
/// that contain themselves are refused, and memory is bounded. libisofs, which writes our drives, is not used here: it
/// reads past its buffers where a directory record is longer than its block.
public enum ISOReader {
    /// Of an image, in bytes.
    public static let maximumImageSize = 1 << 30
    /// Of all files of an image together, in bytes.
    public static let maximumContentSize = ISOWriter.maximumSize

    /// Reads an image in memory.
    ///
    /// - Throws: `notADrive` where it is not an intact ISO 9660 image, or names a file as no file can be named;
    ///   `tooLarge` above ``maximumImageSize`` or ``maximumContentSize``.
    public static func read(_ image: [UInt8]) throws(ConfigDriveError) -> DriveImage {
        try read(from: ISOBytes(image: image))
    }

    /// Reads an image in a file, or on a block device.
    ///
    /// - Throws: as `read(_:)`, and `fileSystem` where the file cannot be read.
    public static func read(path: String) throws(ConfigDriveError) -> DriveImage {
        try read(from: ISOFile(path: path))
    }

    private static func read(from source: borrowing some ISOSource & ~Copyable) throws(ConfigDriveError) -> DriveImage {
        if source.size > maximumImageSize {
            throw ConfigDriveError(
                .tooLarge,
                "\(source.name) has \(source.size) bytes; \(maximumImageSize) (1 GiB) is the most that is read"
            )
        }
        let volume = try ISOVolume(source)
        var walk = ISOWalk(volume: volume)
        try walk.walk(source)
        return DriveImage(label: volume.label, tree: walk.tree, skipped: walk.skipped)
    }
}
