internal import Glibc

/// A path where a drive is or will be, with its folder held open, so that all happens in one folder.
struct DrivePlace: ~Copyable {
    private let path: String
    private let folderPath: String
    /// Empty where this is the place of a folder.
    private let name: String
    private let folder: OpenFile

    private var shown: String { ConfigDriveError.quoted(path) }

    private init(_ path: String, _ folderPath: String, _ name: String, _ folder: consuming OpenFile) {
        self.path = path
        self.folderPath = folderPath
        self.name = name
        self.folder = folder
    }

    /// - Throws: also where there is no folder.
    static func writable(_ path: String) throws(ConfigDriveError) -> DrivePlace {
        guard let place = try existing(path) else {
            let folder = ConfigDriveError.quoted(split(path).folder)
            throw .system("cannot write \(ConfigDriveError.quoted(path)): the folder \(folder)", number: ENOENT)
        }
        return place
    }

    /// - Returns: `nil` where there is no folder.
    static func existing(_ path: String) throws(ConfigDriveError) -> DrivePlace? {
        let (folder, name) = split(path)
        if name.isEmpty { throw ConfigDriveError(.fileSystem, "\(ConfigDriveError.quoted(path)) does not name a file") }
        return try open(path, folder, name)
    }

    /// A folder as such, to sweep it.
    ///
    /// - Returns: `nil` where there is none.
    static func whole(folder: String) throws(ConfigDriveError) -> DrivePlace? { try open(folder, folder, "") }

    private static func open(_ path: String, _ folder: String, _ name: String) throws(ConfigDriveError) -> DrivePlace? {
        if let opened = OpenFile(folder, O_RDONLY | O_DIRECTORY) { return DrivePlace(path, folder, name, opened) }
        if errno == ENOENT { return nil }
        throw .system("cannot open the folder \(ConfigDriveError.quoted(folder))")
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = path[..<slash]
        return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
    }

    // MARK: The drive

    /// Whether the drive has these bytes already; if so, nobody but its owner can read it afterwards, and its change time
    /// says that somebody has wanted it.
    borrowing func holds(_ bytes: [UInt8]) throws(ConfigDriveError) -> Bool {
        guard let file = OpenFile(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, in: folder.descriptor) else {
            // A file that may not be read may still be replaced.
            if errno == ENOENT || errno == EACCES { return false }
            if errno == ELOOP { throw notAFile("a symbolic link") }
            if errno == ENXIO { throw notAFile("a socket") }
            throw .system("cannot read \(shown)")
        }
        guard let status = file.status() else { throw .system("cannot read \(shown)") }
        try checkIsFile(status)
        if Int(status.st_size) != bytes.count { return false }
        guard let content = file.read(at: 0, count: bytes.count) else { throw .system("cannot read \(shown)") }
        if content != bytes { return false }
        let isOpen = status.st_mode & 0o7077 != 0
        if fchmod(file.descriptor, isOpen ? 0o600 : status.st_mode & 0o7777) != 0 && isOpen {
            throw .system("cannot make \(shown) unreadable for others")
        }
        return true
    }

    borrowing func put(
        _ bytes: [UInt8],
        sync: Bool,
        on system: some DriveFileSystem
    ) throws(ConfigDriveError) {
        let temporary = try TemporaryFile(for: name, in: folder, shown: shown)
        try temporary.write(bytes, on: system)
        if sync && system.sync(temporary.descriptor) != 0 { throw .system("cannot write \(shown) to the disk") }
        if system.rename(folder.descriptor, temporary.name, name) != 0 { throw .system("cannot replace \(shown)") }
        temporary.becomeDrive()
        if sync { try syncFolder(on: system) }
    }

    borrowing func remove() throws(ConfigDriveError) {
        var status = stat()
        if fstatat(folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) != 0 {
            if errno == ENOENT { return }
            throw .system("cannot look at \(shown)")
        }
        try checkIsFile(status)
        if unlinkat(folder.descriptor, name, 0) != 0 && errno != ENOENT { throw .system("cannot remove \(shown)") }
        try syncFolder(on: KernelFileSystem())
    }

    /// Without it, a power cut could bring the old name back.
    private borrowing func syncFolder(on system: some DriveFileSystem) throws(ConfigDriveError) {
        // Some network file systems have nothing to sync a folder with.
        if system.sync(folder.descriptor) != 0 && errno != EINVAL {
            throw .system("cannot write the folder \(ConfigDriveError.quoted(folderPath)) to the disk")
        }
    }

    private borrowing func checkIsFile(_ status: stat) throws(ConfigDriveError) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: throw notAFile("a folder")
        case S_IFLNK: throw notAFile("a symbolic link")
        default: throw notAFile("a device, a pipe or a socket")
        }
    }

    private borrowing func notAFile(_ kind: String) -> ConfigDriveError {
        ConfigDriveError(.fileSystem, "\(shown) is \(kind), not a drive; remove it or name another path")
    }

    // MARK: What killed processes leave

    /// Removes temporary files of the drive, or of all drives of the folder where this is the place of a folder.
    ///
    /// - Parameter isDryRun: whether nothing is removed, only found.
    /// - Returns: the paths that are gone now.
    @discardableResult
    borrowing func sweep(dryRun isDryRun: Bool = false) throws(ConfigDriveError) -> [String] {
        do throws(HeldFile.Failure) {
            let drive = name.isEmpty ? nil : name
            return try HeldFile.abandoned(in: folder, isRemoved: !isDryRun) { TemporaryName.isOne($0, of: drive) }
                .map { folderPath + "/" + $0 }
        } catch {
            let action =
                if case .remove(let temporary) = error.deed {
                    "cannot remove \(ConfigDriveError.quoted(folderPath + "/" + temporary))"
                } else {
                    "cannot list the folder \(ConfigDriveError.quoted(folderPath))"
                }
            throw .system(action, number: error.number)
        }
    }
}
