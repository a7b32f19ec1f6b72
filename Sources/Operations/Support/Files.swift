package import Glibc

/// Files, through the system calls themselves: Foundation would double the start-up time.
package enum Files {
    /// What stands at a path.
    package enum Kind: Equatable {
        case nothing
        case file
        case directory
        case link(to: String)
        case other
    }

    /// Reads at most `limit` bytes and one more, so that the caller sees that there is more.
    ///
    /// - Parameter path: `-` for stdin.
    package static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
        let isStandardInput = path == "-"
        let descriptor = isStandardInput ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        let name = isStandardInput ? "stdin" : path
        if descriptor < 0 { throw SystemError("cannot read \(name)") }
        defer { if !isStandardInput { close(descriptor) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= limit {
            let count = Glibc.read(descriptor, &chunk, min(chunk.count, limit + 1 - bytes.count))
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError("cannot read \(name)")
            }
            bytes += chunk[..<count]
        }
        return bytes
    }

    /// The text of a small file; `nil` where there is none, or where the process that it is about (`/proc`) has ended.
    package static func text(_ path: String, limit: Int = 1 << 20) throws(SystemError) -> String? {
        do throws(SystemError) {
            return String(decoding: try read(path, limit: limit), as: UTF8.self)
        } catch {
            if [ENOENT, ENOTDIR, ESRCH].contains(error.number) { return nil }
            throw error
        }
    }

    /// What is at `path` itself, links not followed.
    package static func kind(_ path: String) throws(SystemError) -> Kind {
        var status = stat()
        if lstat(path, &status) != 0 {
            if errno == ENOENT || errno == ENOTDIR { return .nothing }
            throw SystemError("cannot look at \(path)")
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        case S_IFLNK: return .link(to: try target(path))
        default: return .other
        }
    }

    /// Whether `path` leads, through links too, to a file that may be executed.
    package static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    /// Whether `path` leads, through links too, to a folder.
    package static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// In bytes; `nil` where `path` does not lead to a file.
    package static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
    }

    /// Whether somebody else than its owner may change what `path` leads to.
    package static func isWritableByOthers(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o022 != 0
    }

    /// Whether somebody else than its owner may read what `path` leads to.
    package static func isReadableByOthers(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o044 != 0
    }

    /// Where `path` leads through all links; `nil` where nothing is.
    package static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// When the entry `path` itself was last changed, in nanoseconds since 1970; `nil` where there is none.
    package static func changeTime(_ path: String) -> Int? {
        var status = stat()
        return lstat(path, &status) == 0 ? nanoseconds(status.st_ctim) : nil
    }

    package static func nanoseconds(_ time: timespec) -> Int { time.tv_sec * 1_000_000_000 + time.tv_nsec }

    /// The names in a folder, in order; none where there is no folder.
    package static func names(_ path: String) throws(SystemError) -> [String] {
        guard let folder = opendir(path) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw SystemError("cannot list \(path)")
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func target(_ path: String) throws(SystemError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        if count < 0 { throw SystemError("cannot read the link \(path)") }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
