/// Writes a drive as an ISO 9660 image with Rock Ridge and Joliet, in memory.
public enum ISOWriter {
    /// In bytes, and still allowed: CloudStack's limit for a config drive.
    public static let maximumSize = 64 << 20

    /// Builds the image.
    ///
    /// The same input gives the same bytes, on any host and at any time. Everything belongs to user and group 0, folders
    /// have mode 0555 and files 0444. Paths that share a content are hard links.
    ///
    /// - Parameters:
    ///   - label: the volume identifier, for which the guest looks: `config-2` (OpenStack's config drive), `cidata`
    ///     (cloud-init's NoCloud). 1 to 16 letters, digits and `_`, `-`, `.`; kept in its case.
    ///   - date: of everything in the image, in seconds since 1970, up to the end of 2155.
    /// - Throws: `badInput` for a label, date or file name that a reader would not get back as it is, or no files at all;
    ///   `tooLarge` for an image of more than ``maximumSize``; `library` where libisofs fails.
    public static func image(of tree: DriveTree, label: String, date: Int = 0) throws(ConfigDriveError) -> [UInt8] {
        try DriveNames.check(label: label)
        try DriveNames.check(tree)
        if !ISODate.range.contains(date) {
            throw ConfigDriveError(
                .badInput,
                "\(date) seconds since 1970 is not a date that ISO 9660 can hold; "
                    + "\(ISODate.range.lowerBound) to \(ISODate.range.upperBound) is"
            )
        }
        return try Libisofs.exclusively { () throws(ConfigDriveError) -> [UInt8] in
            let image = try ISOImage(label: label)
            try image.fill(tree, date: date)
            let output = try image.output(date: date)
            if output.size > maximumSize { throw tooLarge(output.size, tree) }
            var bytes = try output.read()
            try SerialNumbers.renumber(&bytes)
            return bytes
        }
    }

    private static func tooLarge(_ size: Int, _ tree: DriveTree) -> ConfigDriveError {
        var largest = tree.files[0]
        for file in tree.files where tree.contents[file.content].count > tree.contents[largest.content].count {
            largest = file
        }
        return ConfigDriveError(
            .tooLarge,
            "the drive would have \(size) bytes; \(maximumSize) (64 MiB) is the most; its largest file is "
                + "'\(DisplayURL.printable(largest.path))' with \(tree.contents[largest.content].count) bytes"
        )
    }
}
