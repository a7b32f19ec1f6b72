internal import CLibnfs
internal import Glibc

/// What a server says of a file.
struct NFSAttributes: Equatable {
    private var mode: UInt64 = 0
    private var number: UInt64 = 0
    private var modified = ""
    private var changed = ""
    /// In bytes.
    private(set) var size: Int64 = 0

    init() {}

    init(_ status: nfs_stat_64) {
        mode = status.nfs_mode
        number = status.nfs_ino
        modified = "\(status.nfs_mtime).\(status.nfs_mtime_nsec)"
        changed = "\(status.nfs_ctime).\(status.nfs_ctime_nsec)"
        size = Int64(clamping: status.nfs_size)
    }

    /// What the file is where it is no regular one.
    var otherKind: String? {
        let kind = mode_t(truncatingIfNeeded: mode) & S_IFMT
        return switch kind {
        case S_IFREG: nil
        case S_IFDIR: "a folder"
        default: "a device, a socket or a pipe"
        }
    }

    /// The times alone do not tell two changes within one tick of the server's clock apart.
    var validator: ContentValidator { .modified("\(size)-\(modified)-\(number)-\(changed)") }
}
