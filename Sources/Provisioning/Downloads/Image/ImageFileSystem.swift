internal import CLinux
internal import Glibc

/// The system calls of ``ImageFile`` and ``ImageWriter`` that a full or failing disk makes fail.
///
/// As the calls themselves: less than 0 for a failure, with the reason in `errno`.
protocol ImageFileSystem: Sendable {
    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64) -> Int
    func resize(_ descriptor: Int32, to size: Int64) -> Int32
    func sync(_ descriptor: Int32) -> Int32
    func rename(_ folder: Int32, _ old: String, _ new: String, replacing: Bool) -> Int32
    /// Bytes that may still be written to the file system of the file; `nil` where it does not say.
    func space(_ descriptor: Int32) -> Int64?
}

/// The kernel's own.
struct KernelImageFileSystem: ImageFileSystem {
    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64) -> Int {
        pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset))
    }

    func resize(_ descriptor: Int32, to size: Int64) -> Int32 { ftruncate(descriptor, off_t(size)) }

    func sync(_ descriptor: Int32) -> Int32 { fsync(descriptor) }

    func rename(_ folder: Int32, _ old: String, _ new: String, replacing: Bool) -> Int32 {
        if replacing { return renameat(folder, old, folder, new) }
        if hostler_rename_exclusive(folder, old, new) == 0 { return 0 }
        // Network file systems do not know of it; a hard link never takes a name that is there.
        if errno != EINVAL && errno != ENOSYS { return -1 }
        if linkat(folder, old, folder, new, 0) != 0 { return -1 }
        return unlinkat(folder, old, 0)
    }

    func space(_ descriptor: Int32) -> Int64? {
        var status = statvfs()
        if fstatvfs(descriptor, &status) != 0 { return nil }
        let (bytes, overflows) = Int64(clamping: status.f_bavail).multipliedReportingOverflow(
            by: Int64(status.f_frsize)
        )
        return overflows ? .max : bytes
    }
}
