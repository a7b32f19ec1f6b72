internal import Glibc

extension ImageFile {
    /// Removes the unfinished images that killed processes have left in a folder, and nothing else. Those that a live
    /// process still writes stay.
    ///
    /// - Returns: the paths that are gone now. None where there is no folder.
    /// - Throws: `fileSystem` where the folder cannot be read or something not be removed.
    @discardableResult
    public static func sweep(_ folderPath: String) throws(DownloadError) -> [String] {
        try abandoned(in: folderPath, removes: true)
    }

    /// What ``sweep(_:)`` would remove now.
    public static func abandoned(in folderPath: String) throws(DownloadError) -> [String] {
        try abandoned(in: folderPath, removes: false)
    }

    private static func abandoned(in folderPath: String, removes: Bool) throws(DownloadError) -> [String] {
        let shown = DownloadError.quoted(folderPath)
        guard let folder = OpenFile(folderPath, O_RDONLY | O_DIRECTORY) else {
            if errno == ENOENT { return [] }
            throw .system("cannot open the folder \(shown)")
        }
        var found: [String] = []
        for name in try names(folder, shown) where try isAbandoned(name, in: folder, shown, removes) {
            found.append(folderPath.hasSuffix("/") ? folderPath + name : folderPath + "/" + name)
        }
        return found.sorted()
    }

    private static func names(_ folder: borrowing OpenFile, _ shown: String) throws(DownloadError) -> [String] {
        // A descriptor of its own, since closedir closes it and reading moves its position.
        let own = openat(folder.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0, let listing = fdopendir(own) else {
            let number = errno
            if own >= 0 { close(own) }
            throw .system("cannot list the folder \(shown)", number: number)
        }
        defer { closedir(listing) }
        var found: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(listing) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if ImageFileName.isOne(name) { found.append(name) }
        }
        if errno != 0 { throw .system("cannot list the folder \(shown)") }
        return found
    }

    private static func isAbandoned(
        _ name: String,
        in folder: borrowing OpenFile,
        _ shown: String,
        _ removes: Bool
    ) throws(DownloadError) -> Bool {
        let action = "cannot remove \(DownloadError.quoted(name)) in \(shown)"
        guard let file = OpenFile(name, O_RDWR | O_NOFOLLOW | O_NONBLOCK, in: folder.descriptor) else {
            // Renamed or removed meanwhile; or a link or folder, which is not of our making.
            if [ENOENT, ELOOP, EISDIR, ENXIO].contains(errno) { return false }
            throw .system(action)
        }
        if flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EWOULDBLOCK { return false }
            throw .system(action)
        }
        // The lock may be free because the file has just been published: then the name is gone.
        guard let mine = file.status() else { throw .system(action) }
        var named = stat()
        if fstatat(folder.descriptor, name, &named, AT_SYMLINK_NOFOLLOW) != 0 {
            if errno == ENOENT { return false }
            throw .system(action)
        }
        let isSame = named.st_ino == mine.st_ino && named.st_dev == mine.st_dev
        if !isSame || mine.st_mode & S_IFMT != S_IFREG { return false }
        if removes, unlinkat(folder.descriptor, name, 0) != 0 {
            if errno == ENOENT { return false }
            throw .system(action)
        }
        return true
    }
}
