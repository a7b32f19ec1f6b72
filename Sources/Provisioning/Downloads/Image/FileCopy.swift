internal import CLinux
internal import Glibc

/// Copies a file with its holes, by reference where the file system has that (btrfs, xfs, NFS 4.2).
enum FileCopy {
    private static let step = 64 << 20

    /// - Throws: `noSpace`, `fileSystem`; what `check` throws, which is called now and then.
    static func copy(
        _ path: String,
        to file: ImageFile,
        progress: DownloadProgress?,
        check: () throws(DownloadError) -> Void
    ) throws(DownloadError) {
        let source = try ImageBytes(path)
        if hostler_clone_file(file.descriptor, source.descriptor) != 0 {
            try copyData(source, file, progress, check)
        }
        try file.sync()
    }

    private static func copyData(
        _ source: borrowing ImageBytes,
        _ file: ImageFile,
        _ progress: DownloadProgress?,
        _ check: () throws(DownloadError) -> Void
    ) throws(DownloadError) {
        let action = "cannot copy \(DownloadError.quoted(source.path)) to \(file.shown)"
        if file.system.resize(file.descriptor, to: source.size) != 0 { throw .system(action) }
        var offset: Int64 = 0
        while offset < source.size {
            let data = hostler_seek_data(source.descriptor, off_t(offset))
            // Nothing but a hole up to the end.
            if data < 0 && errno == ENXIO { break }
            if data < 0 { throw .system(action) }
            let hole = hostler_seek_hole(source.descriptor, data)
            if hole < 0 { throw .system(action) }
            offset = Int64(data)
            while offset < Int64(hole) {
                try check()
                let count = try copyPart(source, file, offset, min(step, Int(Int64(hole) - offset)), action)
                if count == 0 { throw DownloadError(.changed, "\(action): it has become shorter") }
                offset += Int64(count)
                let position = offset
                progress?.update { $0.expanded = position }
            }
        }
    }

    private static func copyPart(
        _ source: borrowing ImageBytes,
        _ file: ImageFile,
        _ offset: Int64,
        _ count: Int,
        _ action: String
    ) throws(DownloadError) -> Int {
        let copied = hostler_copy_range(source.descriptor, file.descriptor, off_t(offset), count)
        if copied >= 0 { return copied }
        if errno == ENOSPC || errno == EDQUOT { throw file.noSpace(needed: nil) }
        // Two file systems, or one that cannot.
        guard [EXDEV, EINVAL, ENOSYS, EOPNOTSUPP].contains(errno) else { throw .system(action) }
        let bytes = try source.read(at: offset, min(count, 1 << 20))
        let written = bytes.withUnsafeBytes { file.system.write(file.descriptor, $0, at: offset) }
        if written >= 0 { return written }
        if errno == ENOSPC || errno == EDQUOT { throw file.noSpace(needed: nil) }
        throw .system(action)
    }
}
