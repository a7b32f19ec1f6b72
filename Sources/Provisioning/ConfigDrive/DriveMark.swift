internal import Glibc

/// What tells our drives from other people's ISOs: the application identifier of the volume.
///
/// The path of a drive stands in a domain, which others write too; without this, whoever edits a domain could have any file
/// of the host replaced or removed.
public enum DriveMark {
    /// ECMA-119, 8.4.20: 128 characters, filled up with spaces.
    static let text = "HOSTLER"
    private static let place = 16 * 2048 + 574
    private static let length = 128

    /// Whether the file at `path` is a drive that Hostler has made. An empty or half-written file is none.
    ///
    /// - Throws: `fileSystem` where it cannot be read.
    public static func isOn(_ path: String) throws(ConfigDriveError) -> Bool {
        guard let file = OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else {
            throw .system("cannot read \(ConfigDriveError.quoted(path))")
        }
        var field = [UInt8](repeating: 0, count: length)
        let count = pread(file.descriptor, &field, length, off_t(place))
        if count < 0 { throw .system("cannot read \(ConfigDriveError.quoted(path))") }
        let mark = Array(text.utf8) + [UInt8](repeating: UInt8(ascii: " "), count: length - text.utf8.count)
        return count == length && field == mark
    }
}
