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
    private let held: HeldFile
    private let folder: Int32
    private let shown: String
    private var isDrive = false

    var name: String { held.name }
    var descriptor: Int32 { held.file.descriptor }

    /// - Parameter folder: has to stay open for as long as this lives.
    init(for drive: String, in folder: borrowing OpenFile, shown: String) throws(ConfigDriveError) {
        do throws(HeldFile.Failure) { held = try HeldFile.make(in: folder) { TemporaryName.make(for: drive) } } catch {
            let reason = if case .lock = error.deed { ", for its file system has no locks" } else { "" }
            throw .system("cannot write \(shown)\(reason)", number: error.number)
        }
        self.folder = folder.descriptor
        self.shown = shown
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
}
