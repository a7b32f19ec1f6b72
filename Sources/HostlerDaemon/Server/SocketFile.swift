internal import Glibc
internal import Operations

/// The file of a unix socket, which stays behind when its owner is killed.
enum SocketFile {
    /// Removes what is left of a daemon that is gone, and makes the folder.
    ///
    /// - Throws: ``OperationError`` where another daemon listens there, or something else has that name.
    static func clear(_ path: String) throws {
        guard path.utf8.count < MemoryLayout<sockaddr_un>.size - MemoryLayout<sa_family_t>.size else {
            throw OperationError(.failure, "socket.path '\(path)' is longer than a socket's path may be (107 bytes)")
        }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        if !Files.isDirectory(folder) {
            if mkdir(folder, 0o755) != 0 { throw SystemError("cannot create \(folder)") }
            // Whatever the umask: the socket's group has to get there.
            if chmod(folder, 0o755) != 0 { throw SystemError("cannot set the mode of \(folder)") }
        }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw OperationError(.failure, "\(path) is there and is no socket; move it away, or set socket.path")
        }
        try checkIsFree(path)
        if unlink(path) != 0 && errno != ENOENT { throw SystemError("cannot remove \(path)") }
    }

    /// - Throws: ``OperationError`` where another daemon listens there.
    static func checkIsFree(_ path: String) throws {
        if isAnswered(path) { throw OperationError(.failure, "another hostlerd listens at \(path) already") }
    }

    private static func isAnswered(_ path: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}
