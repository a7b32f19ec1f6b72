internal import Glibc

/// The system calls of ``DriveFile`` that a full or failing disk makes fail.
///
/// As the calls themselves: less than 0 for a failure, with the reason in `errno`.
protocol DriveFileSystem {
    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int
    func sync(_ descriptor: Int32) -> Int32
    func rename(_ folder: Int32, _ old: String, _ new: String) -> Int32
}

/// The kernel's own.
struct KernelFileSystem: DriveFileSystem {
    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
    }

    func sync(_ descriptor: Int32) -> Int32 { fsync(descriptor) }

    func rename(_ folder: Int32, _ old: String, _ new: String) -> Int32 { renameat(folder, old, folder, new) }
}
