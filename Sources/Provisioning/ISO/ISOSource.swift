internal import Glibc

/// Where an image is read from.
protocol ISOSource: ~Copyable {
    /// How messages call it: `'/x/y.iso'`, or `the image`.
    var name: String { get }
    /// In bytes.
    var size: Int { get }

    /// - Throws: `notADrive` where the image ends before that, `fileSystem` where it cannot be read.
    borrowing func bytes(at offset: Int, count: Int) throws(ConfigDriveError) -> [UInt8]
}

extension ISOSource where Self: ~Copyable {
    /// - Throws: `notADrive` where the image ends before that.
    borrowing func checkRange(_ offset: Int, _ count: Int) throws(ConfigDriveError) {
        if offset > size || count > size - offset {
            throw ConfigDriveError(
                .notADrive,
                "\(name) is cut off or damaged: it has \(size) bytes, but something in it at \(offset)"
            )
        }
    }
}

/// An image in memory.
struct ISOBytes: ISOSource {
    let image: [UInt8]
    var name: String { "the image" }
    var size: Int { image.count }

    func bytes(at offset: Int, count: Int) throws(ConfigDriveError) -> [UInt8] {
        try checkRange(offset, count)
        return Array(image[offset..<offset + count])
    }
}

/// An image in a file, or on a block device such as a cdrom.
struct ISOFile: ISOSource, ~Copyable {
    let name: String
    let size: Int
    private let file: OpenFile

    init(path: String) throws(ConfigDriveError) {
        let name = ConfigDriveError.quoted(path)
        // Without O_NONBLOCK, a named pipe would wait for someone to write into it.
        guard let file = OpenFile(path, O_RDONLY | O_NONBLOCK) else { throw .system("cannot read \(name)") }
        size = try Self.size(file, name)
        self.name = name
        self.file = file
    }

    private static func size(_ file: borrowing OpenFile, _ name: String) throws(ConfigDriveError) -> Int {
        guard let status = file.status() else { throw .system("cannot read \(name)") }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return Int(status.st_size)
        case S_IFBLK:
            let end = lseek(file.descriptor, 0, SEEK_END)
            if end < 0 { throw .system("cannot tell the size of \(name)") }
            return Int(end)
        case S_IFDIR: throw ConfigDriveError(.notADrive, "\(name) is a folder, not an ISO 9660 image")
        default: throw ConfigDriveError(.notADrive, "\(name) is neither a file nor a disk, so not an ISO 9660 image")
        }
    }

    borrowing func bytes(at offset: Int, count: Int) throws(ConfigDriveError) -> [UInt8] {
        try checkRange(offset, count)
        guard let bytes = file.read(at: offset, count: count) else { throw .system("cannot read \(name)") }
        if bytes.count < count { throw ConfigDriveError(.notADrive, "\(name) became shorter while it was read") }
        return bytes
    }
}
