internal import Glibc

/// The changes that `install` makes to a system, which may be one below a folder (`--root`).
package struct FileSystem {
    /// Empty for this system itself, else without a slash at its end.
    package let root: String

    package init(root: String) {
        var trimmed = root[...]
        while trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.root = String(trimmed)
    }

    /// Where `path` of that system is on ours.
    package func place(_ path: String) -> String { root + path }

    package func kind(_ path: String) throws(SystemError) -> Files.Kind { try Files.kind(place(path)) }

    package func makeDirectory(_ path: String) throws(SystemError) {
        // 0755 whatever the umask: hooks are run by other users too (VDSM).
        if mkdir(place(path), 0o755) != 0 { throw SystemError("cannot create \(place(path))") }
        if chmod(place(path), 0o755) != 0 { throw SystemError("cannot open \(place(path)) for others") }
    }

    package func makeLink(_ path: String, to target: String) throws(SystemError) {
        if symlink(target, place(path)) != 0 { throw SystemError("cannot create \(place(path))") }
    }

    /// No error where it is gone already.
    package func removeFile(_ path: String) throws(SystemError) {
        if unlink(place(path)) != 0 && errno != ENOENT && errno != ENOTDIR {
            throw SystemError("cannot remove \(place(path))")
        }
    }

    /// - Returns: whether it is gone now; `false` where there is something in it.
    package func removeDirectory(_ path: String) throws(SystemError) -> Bool {
        if rmdir(place(path)) == 0 || errno == ENOENT || errno == ENOTDIR { return true }
        if errno == ENOTEMPTY || errno == EEXIST { return false }
        throw SystemError("cannot remove \(place(path))")
    }

    /// Whole or not at all.
    package func write(_ text: String, to path: String) throws(SystemError) {
        let temporary = place(path) + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        if descriptor < 0 { throw SystemError("cannot write \(temporary)") }
        let bytes = Array(text.utf8)
        let written = Glibc.write(descriptor, bytes, bytes.count)
        let failure = written == bytes.count && fsync(descriptor) == 0 ? 0 : (written < 0 ? errno : EIO)
        close(descriptor)
        if failure != 0 {
            unlink(temporary)
            throw SystemError("cannot write \(temporary)", number: failure)
        }
        if rename(temporary, place(path)) != 0 { throw SystemError("cannot write \(place(path))") }
    }

    /// The folders above `path` that are not there yet, outer ones first.
    ///
    /// - Throws: where something else than a folder is in the way, or a link that leads out of the root.
    package func missingDirectories(of path: String) throws -> [String] {
        var missing: [String] = []
        var current = ""
        for part in path.split(separator: "/") {
            current += "/" + part
            switch try kind(current) {
            case .nothing: missing.append(current)
            case .directory: break
            case .link(let target):
                if !root.isEmpty && target.hasPrefix("/") {
                    throw OperationError(
                        .failure,
                        "\(place(current)) is a link to \(target), which leads out of \(root)"
                    )
                }
                var status = stat()
                if stat(place(current), &status) != 0 || status.st_mode & S_IFMT != S_IFDIR {
                    throw OperationError(.failure, "\(place(current)) is a link that leads to no folder")
                }
            case .file, .other: throw OperationError(.failure, "\(place(current)) is not a folder")
            }
        }
        return missing
    }
}
