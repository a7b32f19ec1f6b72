// For `timespec`, which Swift takes for that module's since its header is read first.
internal import CLibnfs
internal import Glibc

extension PartialFile {
    /// Removes what downloads have left behind that nobody works on and that were not touched for `age` seconds. Files of
    /// any other name stay as they are.
    ///
    /// - Returns: how many downloads were removed.
    /// - Throws: `fileSystem` where the folder cannot be read.
    @discardableResult
    public static func sweep(_ folder: String, olderThan age: Int) throws(DownloadError) -> Int {
        try ids(folder).count { sweep(folder + "/" + PartialName.file($0), olderThan: age) }
    }

    /// What ``sweep(_:olderThan:)`` would remove, unless somebody works on it.
    ///
    /// - Throws: `fileSystem` where the folder cannot be read.
    public static func abandoned(in folder: String, olderThan age: Int) throws(DownloadError) -> [String] {
        try ids(folder).map { folder + "/" + PartialName.file($0) }.filter { path in
            files(path).allSatisfy { isOld($0, age) } && !isLocked(path)
        }.sorted()
    }

    /// For a moment nobody else may open it; they try again.
    private static func isLocked(_ path: String) -> Bool {
        guard let file = OpenFile(path, O_RDONLY | O_NOFOLLOW) else { return false }
        return flock(file.descriptor, LOCK_EX | LOCK_NB) != 0
    }

    private static func ids(_ folder: String) throws(DownloadError) -> Set<String> {
        var ids: Set<String> = []
        guard let stream = opendir(folder) else { throw .system("cannot read \(DownloadError.quoted(folder))") }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            // The name is the last member, as long as it is, of a struct that may be longer than its declaration.
            let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
            let name = (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self)
            if let id = PartialName.id(String(cString: name)) { ids.insert(id) }
        }
        return ids
    }

    /// The content and its journals.
    private static func files(_ path: String) -> [String] {
        [path, path + PartialName.journalSuffix, path + PartialName.journalSuffix + PartialName.newSuffix]
    }

    private static func sweep(_ path: String, olderThan age: Int) -> Bool {
        let all = files(path)
        guard all.allSatisfy({ isOld($0, age) }) else { return false }
        // Creating what is not there keeps others from beginning it while the journal goes.
        guard let file = OpenFile(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600),
            flock(file.descriptor, LOCK_EX | LOCK_NB) == 0, let status = file.status()
        else { return false }
        var named = stat()
        if lstat(path, &named) != 0 || named.st_ino != status.st_ino { return false }
        for journal in all.dropFirst() { unlink(journal) }
        return unlink(path) == 0
    }

    /// What is not there is old.
    private static func isOld(_ path: String, _ age: Int) -> Bool {
        var status = stat()
        if lstat(path, &status) != 0 { return errno == ENOENT }
        return status.st_mode & S_IFMT == S_IFREG && time(nil) - status.st_mtim.tv_sec >= age
    }
}
