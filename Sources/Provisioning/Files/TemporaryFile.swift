internal import Glibc

/// How the temporary files of drives are called: `.<drive>.<16 hexadecimal digits>.hostler`, beside the drive.
enum TemporaryName {
    private static let digits = 16
    private static let suffix = ".hostler"

    /// Random, so that no name is ever used for a second file.
    static func make(for drive: String) -> String {
        let number = String(UInt64.random(in: .min ... .max), radix: 16)
        return "." + drive + "." + String(repeating: "0", count: digits - number.count) + number + suffix
    }

    /// - Parameter drive: `nil` for any.
    static func isOne(_ name: String, of drive: String? = nil) -> Bool {
        guard name.hasPrefix("."), name.hasSuffix(suffix) else { return false }
        let rest = name.dropFirst().dropLast(suffix.count)
        let number = rest.suffix(digits)
        guard number.utf8.count == digits, number.allSatisfy({ "0123456789abcdef".contains($0) }) else { return false }
        let stem = rest.dropLast(digits)
        guard stem.hasSuffix("."), stem.count > 1 else { return false }
        return drive == nil || stem.dropLast() == drive ?? ""
    }
}

/// A new file beside a drive, locked for as long as it is written; it is gone with its owner unless it became the drive.
final class TemporaryFile {
    let name: String
    private let file: OpenFile
    private let folder: Int32
    private let shown: String
    private var isDrive = false

    var descriptor: Int32 { file.descriptor }

    /// - Parameter folder: has to stay open for as long as this lives.
    init(for drive: String, in folder: borrowing OpenFile, shown: String) throws(ConfigDriveError) {
        while true {
            let name = TemporaryName.make(for: drive)
            let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW
            guard let file = OpenFile(name, flags, in: folder.descriptor, mode: 0o600) else {
                if errno == EEXIST { continue }
                throw .system("cannot write \(shown)")
            }
            if try Self.lock(file, name, folder, shown) {
                self.name = name
                self.file = file
                self.folder = folder.descriptor
                self.shown = shown
                return
            }
        }
    }

    deinit { if !isDrive { unlinkat(folder, name, 0) } }

    func write(_ bytes: [UInt8], on system: some DriveFileSystem) throws(ConfigDriveError) {
        let number = bytes.withUnsafeBytes { buffer -> Int32 in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = system.write(descriptor, UnsafeRawBufferPointer(rebasing: rest))
                if count < 0 {
                    if errno == EINTR { continue }
                    return errno
                }
                // A regular file takes something or says why not.
                if count == 0 { return EIO }
                rest = rest.dropFirst(count)
            }
            return 0
        }
        if number != 0 { throw .system("cannot write \(shown)", number: number) }
    }

    func becomeDrive() { isDrive = true }

    /// - Returns: `false` where a sweep took the file for abandoned before it was locked, and removed it.
    private static func lock(
        _ file: borrowing OpenFile,
        _ name: String,
        _ folder: borrowing OpenFile,
        _ shown: String
    ) throws(ConfigDriveError) -> Bool {
        // Whoever sweeps holds the lock for a moment only.
        while flock(file.descriptor, LOCK_EX) != 0 {
            if errno == EINTR { continue }
            let number = errno
            unlinkat(folder.descriptor, name, 0)
            throw .system("cannot write \(shown), for its file system has no locks", number: number)
        }
        // The umask may have taken even the owner's rights.
        guard fchmod(file.descriptor, 0o600) == 0, let status = file.status() else {
            let number = errno
            unlinkat(folder.descriptor, name, 0)
            throw .system("cannot write \(shown)", number: number)
        }
        return status.st_nlink > 0
    }
}
