internal import Glibc

extension ConfigDriveError.Code {
    /// A signal came while waiting for another process.
    public static let interrupted = ConfigDriveError.Code(rawValue: "interrupted")
}

/// One writer per guest at a time, across processes and threads: an advisory lock that ends with its owner.
///
/// All guests share one file. Each guest's lock is one byte of it, at an offset that follows from its UUID; the file
/// stays empty, and must not be removed while anyone may hold a lock. These are locks of the open file (`F_OFD_SETLKW`),
/// which unlike those of `F_SETLKW` hold between threads of a process too. The kernel gives them up with the process.
///
/// A thread must not ask for the lock of a guest that it holds already: it would wait for itself.
public struct FileLock: ~Copyable, Sendable {
    private let file: OpenFile

    /// `F_OFD_SETLKW`, which fcntl.h shows to GNU sources only; a number of the kernel's, the same on all machines.
    private static let setLockAndWait: Int32 = 38
    /// `F_OFD_SETLK`.
    private static let setLock: Int32 = 37

    /// Waits until nobody else holds the lock of the guest.
    ///
    /// - Parameters:
    ///   - path: the file, created with mode 0600 where it is missing. Its folder has to be there.
    ///   - uuid: the guest's, in any case, with or without hyphens.
    ///   - waitsOn: asked when a signal handler has run on the waiting thread: whether to go on waiting.
    /// - Throws: `badInput` where `uuid` is none, `fileSystem` where the file cannot be locked, `interrupted` where
    ///   `waitsOn` says no.
    public init(
        _ path: String,
        uuid: String,
        waitsOn: () -> Bool = { false }
    ) throws(ConfigDriveError) {
        let offset = try Self.offset(uuid)
        let shown = ConfigDriveError.quoted(path)
        guard let file = OpenFile(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600) else {
            throw .system("cannot open the lock file \(shown)")
        }
        var lock = Self.lock(at: offset)
        while fcntl(file.descriptor, Self.setLockAndWait, &lock) != 0 {
            if errno != EINTR { throw .system("cannot lock \(shown)") }
            if !waitsOn() {
                throw ConfigDriveError(
                    .interrupted,
                    "interrupted while waiting for another process that works on guest "
                        + "\(ConfigDriveError.quoted(uuid))"
                )
            }
        }
        self.file = file
    }

    /// Takes the lock where nobody holds it.
    ///
    /// - Returns: `nil` where somebody does.
    /// - Throws: as the other initializer does.
    public init?(trying path: String, uuid: String) throws(ConfigDriveError) {
        let offset = try Self.offset(uuid)
        guard let file = OpenFile(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600) else {
            throw .system("cannot open the lock file \(ConfigDriveError.quoted(path))")
        }
        var lock = Self.lock(at: offset)
        while fcntl(file.descriptor, Self.setLock, &lock) != 0 {
            if errno == EAGAIN || errno == EACCES { return nil }
            if errno != EINTR { throw .system("cannot lock \(ConfigDriveError.quoted(path))") }
        }
        self.file = file
    }

    private static func lock(at offset: Int64) -> flock {
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = off_t(offset)
        lock.l_len = 1
        return lock
    }

    /// The two halves of the UUID, one over the other, without the bits that would not leave a place in a file.
    ///
    /// Two guests of 2^62 share an offset, and then merely wait for each other.
    static func offset(_ uuid: String) throws(ConfigDriveError) -> Int64 {
        let digits = uuid.utf8.filter { $0 != 0x2D }
        let text = String(decoding: digits, as: UTF8.self)
        guard digits.count == 32, text.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
        else {
            throw ConfigDriveError(.badInput, "\(ConfigDriveError.quoted(uuid)) is not the UUID of a guest")
        }
        return Int64((high ^ low) & 0x3FFF_FFFF_FFFF_FFFF)
    }
}
