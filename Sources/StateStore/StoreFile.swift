internal import Glibc

/// The file of the state and its folder, before SQLite sees them.
///
/// Passwords are in the file, so nobody but its owner may ever have read or changed it. Where somebody could have, opening
/// fails instead of repairing: the bits can be taken back, what was read cannot. SQLite gives `-wal` and `-shm` the mode
/// of the file itself at their creation (`findCreateFileMode` in its os_unix.c).
enum StoreFile {
    /// Makes sure of a regular file that only this user may use, in a folder that only this user or root may write to.
    ///
    /// - Throws: ``StateError`` with ``StateError/Code/permission`` or what keeps the file from being made.
    static func prepare(_ path: String) throws(StateError) {
        let folder = folder(of: path)
        try makeFolder(folder)
        try checkFolder(folder)
        // Not open(2) with O_CREAT: closing a descriptor of the file would give up the locks that another StateStore of
        // this process may hold on it by then (fcntl(2), F_SETLK). mknod(2) opens nothing and follows no link.
        if mknod(path, S_IFREG | 0o600, 0) == 0 { return }
        if errno != EEXIST { throw failure("make", path) }
        try checkFile(path)
    }

    static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func makeFolder(_ folder: String) throws(StateError) {
        if mkdir(folder, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, folder != "/", folder != "." else { throw failure("make", folder) }
        try makeFolder(self.folder(of: folder))
        if mkdir(folder, 0o700) != 0 && errno != EEXIST { throw failure("make", folder) }
    }

    /// Who may write to the folder can put another file in the place of ours, or a `-wal` that we would write into; the
    /// sticky bit does not keep anybody from the latter.
    private static func checkFolder(_ folder: String) throws(StateError) {
        var status = stat()
        if stat(folder, &status) != 0 { throw failure("look at", folder) }
        let name = StateError.shown(folder)
        if status.st_mode & S_IFMT != S_IFDIR { throw StateError(.permission, "\(name) is not a folder") }
        if status.st_uid != geteuid() && status.st_uid != 0 {
            throw StateError(.permission, "\(name) belongs to user \(status.st_uid), not to root or user \(geteuid())")
        }
        if status.st_mode & 0o022 != 0 {
            throw StateError(.permission, "others than its owner may write to \(name); run 'chmod go-w' on it")
        }
        // Beside the file there are -wal and -shm, which even a reader makes.
        if faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) != 0 { throw failure("write to", folder) }
    }

    private static func checkFile(_ path: String) throws(StateError) {
        var status = stat()
        if lstat(path, &status) != 0 { throw failure("look at", path) }
        let name = StateError.shown(path)
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFLNK:
            throw StateError(.permission, "\(name) is a symbolic link; put the file itself there, or link its folder")
        default: throw StateError(.permission, "\(name) is not a regular file")
        }
        if status.st_uid != geteuid() {
            throw StateError(.permission, "\(name) belongs to user \(status.st_uid), not to user \(geteuid())")
        }
        if status.st_mode & 0o077 != 0 {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw StateError(
                .permission,
                "others than its owner may use \(name) (mode \(mode)); run 'chmod 600' on it and replace the passwords in it"
            )
        }
        if faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) != 0 { throw failure("write to", path) }
    }

    private static func failure(_ action: String, _ path: String) -> StateError {
        let number = errno
        let code: StateError.Code =
            switch number {
            case EACCES, EPERM, ELOOP: .permission
            case EROFS: .readOnly
            case ENOSPC, EDQUOT: .diskFull
            default: .inputOutput
            }
        return StateError(code, "cannot \(action) \(StateError.shown(path)): \(String(cString: strerror(number)))")
    }
}

/// An exclusive lock on a folder (`flock(2)`), held for as long as this lives.
struct FolderLock: ~Copyable {
    private let descriptor: Int32

    /// Waits until nobody else holds it.
    init(_ folder: String) throws(StateError) {
        descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        var result = descriptor < 0 ? -1 : flock(descriptor, LOCK_EX)
        while result != 0 && errno == EINTR { result = flock(descriptor, LOCK_EX) }
        if result != 0 {
            throw StateError(
                .permission,
                "cannot lock \(StateError.shown(folder)): \(String(cString: strerror(errno)))"
            )
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
