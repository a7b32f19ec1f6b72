internal import Glibc

/// An open file, closed with its owner.
struct OpenFile: ~Copyable, Sendable {
    let descriptor: Int32

    /// - Returns: `nil` where the system refuses, with the reason in `errno`.
    init?(_ path: String, _ flags: Int32, in folder: Int32 = AT_FDCWD, mode: mode_t = 0) {
        var opened = openat(folder, path, flags | O_CLOEXEC, mode)
        while opened < 0 && errno == EINTR { opened = openat(folder, path, flags | O_CLOEXEC, mode) }
        if opened < 0 { return nil }
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// - Returns: `nil` where the system refuses, with the reason in `errno`.
    borrowing func status() -> stat? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? status : nil
    }

    /// Reads up to `count` bytes from `offset` on; fewer where the file ends.
    ///
    /// - Returns: `nil` where the system refuses, with the reason in `errno`.
    borrowing func read(at offset: Int, count: Int) -> [UInt8]? {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while initialized < count, let base = buffer.baseAddress {
                let got = pread(descriptor, base + initialized, count - initialized, off_t(offset + initialized))
                if got == 0 { break }
                if got < 0 {
                    if errno == EINTR { continue }
                    failed = true
                    break
                }
                initialized += got
            }
        }
        return failed ? nil : bytes
    }
}
