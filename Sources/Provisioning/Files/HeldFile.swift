internal import Glibc

/// A new file under a temporary name, locked (`flock`) for as long as it is written: the kernel gives the lock up with the
/// process, so that a sweep knows what nobody writes any more.
///
/// What the failures mean, each kind of file says in its own words.
struct HeldFile: ~Copyable {
    struct Failure: Error {
        enum Deed { case make, lock, list, remove(String) }

        let deed: Deed
        /// The system's.
        let number: Int32

        init(_ deed: Deed, number: Int32 = errno) {
            self.deed = deed
            self.number = number
        }
    }

    let name: String
    let file: OpenFile

    /// Makes an empty one, for its owner alone.
    ///
    /// - Parameter naming: gives another name each time.
    static func make(in folder: borrowing OpenFile, naming: () -> String) throws(Failure) -> HeldFile {
        while true {
            let name = naming()
            let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW
            guard let file = OpenFile(name, flags, in: folder.descriptor, mode: 0o600) else {
                if errno == EEXIST { continue }
                throw Failure(.make)
            }
            do throws(Failure) {
                // Whoever sweeps may have taken it for abandoned before it was locked.
                if try !lock(file) { continue }
            } catch {
                unlinkat(folder.descriptor, name, 0)
                throw error
            }
            return HeldFile(name: name, file: file)
        }
    }

    /// - Returns: `false` where it was removed before.
    private static func lock(_ file: borrowing OpenFile) throws(Failure) -> Bool {
        // Whoever sweeps holds the lock for a moment only.
        while flock(file.descriptor, LOCK_EX) != 0 { if errno != EINTR { throw Failure(.lock) } }
        // The umask may have taken even the owner's rights.
        guard fchmod(file.descriptor, 0o600) == 0, let status = file.status() else { throw Failure(.make) }
        return status.st_nlink > 0
    }

    // MARK: What killed processes leave

    /// Names of files that nobody writes any more.
    ///
    /// - Parameters:
    ///   - isRemoved: whether they are removed too.
    ///   - isOne: tells by the name.
    static func abandoned(
        in folder: borrowing OpenFile,
        isRemoved: Bool,
        isOne: (String) -> Bool
    ) throws(Failure) -> [String] {
        var found: [String] = []
        for name in try names(folder) where isOne(name) {
            if try isAbandoned(name, folder, isRemoved) { found.append(name) }
        }
        return found.sorted()
    }

    private static func names(_ folder: borrowing OpenFile) throws(Failure) -> [String] {
        // A descriptor of its own, since closedir closes it and reading moves its position.
        let own = openat(folder.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0, let listing = fdopendir(own) else {
            let number = errno
            if own >= 0 { close(own) }
            throw Failure(.list, number: number)
        }
        defer { closedir(listing) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(listing) else { break }
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
            )
        }
        if errno != 0 { throw Failure(.list) }
        return names
    }

    private static func isAbandoned(
        _ name: String,
        _ folder: borrowing OpenFile,
        _ isRemoved: Bool
    ) throws(Failure) -> Bool {
        guard let file = OpenFile(name, O_RDWR | O_NOFOLLOW | O_NONBLOCK, in: folder.descriptor) else {
            // Renamed or removed meanwhile; or a link or folder, which is not of our making.
            if [ENOENT, ELOOP, EISDIR, ENXIO].contains(errno) { return false }
            throw Failure(.remove(name))
        }
        if flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EWOULDBLOCK { return false }
            throw Failure(.remove(name))
        }
        // The lock may be free because the file has just been given its own name: then this one is gone.
        guard let mine = file.status() else { throw Failure(.remove(name)) }
        var named = stat()
        if fstatat(folder.descriptor, name, &named, AT_SYMLINK_NOFOLLOW) != 0 {
            if errno == ENOENT { return false }
            throw Failure(.remove(name))
        }
        let isSame = named.st_ino == mine.st_ino && named.st_dev == mine.st_dev
        if !isSame || mine.st_mode & S_IFMT != S_IFREG { return false }
        if isRemoved, unlinkat(folder.descriptor, name, 0) != 0 {
            if errno == ENOENT { return false }
            throw Failure(.remove(name))
        }
        return true
    }
}
