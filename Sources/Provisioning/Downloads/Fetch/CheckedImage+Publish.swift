internal import CLinux
internal import Glibc

extension CheckedImage {
    /// An image under its name.
    struct Published: Sendable {
        let file: String
        let size: Int64
        let image: CheckedImage

        /// - Parameter validator: of what the URL leads to.
        func fetched(_ source: DownloadedSource, _ validator: ContentValidator?) -> FetchedImage {
            FetchedImage(
                file: file,
                format: image.format,
                virtualSize: image.virtualSize,
                fileSize: size,
                sourceDigests: source.checksums,
                imageDigest: image.digest,
                validator: validator
            )
        }
    }

    /// Gives it its name, which is of its content: `<name>-<12 digits of its digest>.<format>`. Where another host has put
    /// the same into a folder of both, that file is taken. It is on the disk when this returns.
    func publish(_ request: ImageFetch.Request) throws(DownloadError) -> Published {
        let stem = "\(request.name)-\(digest.hex.prefix(12))"
        let first = "\(stem).\(format.rawValue)"
        for number in 1...100 {
            let name = number == 1 ? first : "\(stem)-\(number).\(format.rawValue)"
            let path = request.folder + "/" + name
            if try isTaken(path) {
                if try isSame(path) { return try taken(name, path) }
                continue
            }
            if try publish(as: name, path) { return try taken(name, path) }
            // Another host was faster.
            if try isTaken(path), try isSame(path) { return try taken(name, path) }
        }
        throw DownloadError(
            .fileSystem,
            "\(DownloadError.quoted(request.folder + "/" + first)) and 99 more like it are there already, with other content; "
                + "remove them, or take another name"
        )
    }

    private func taken(_ name: String, _ path: String) throws(DownloadError) -> Published {
        guard let size = FileSize.of(path) else { throw .system("cannot look at \(DownloadError.quoted(path))") }
        switch content {
        case .download(let partial): partial.handedOver()
        case .file(let file, let partial):
            file.discard()
            partial.discard()
        }
        return Published(file: name, size: size, image: self)
    }

    private func isTaken(_ path: String) throws(DownloadError) -> Bool {
        var status = stat()
        if lstat(path, &status) == 0 { return true }
        if errno == ENOENT { return false }
        throw .system("cannot look at \(DownloadError.quoted(path))")
    }

    /// Whether the file that is there has our content.
    private func isSame(_ path: String) throws(DownloadError) -> Bool {
        let own =
            switch content {
            case .download(let partial): partial.path
            case .file(let file, _): file.path
            }
        guard FileSize.of(path) == FileSize.of(own) else { return false }
        guard try FileDigest.of(path, digest.algorithm) == digest else { return false }
        if case .download(let partial) = content { unlink(partial.path) }
        return true
    }

    /// - Returns: `false` where there is such a name by now.
    private func publish(as name: String, _ path: String) throws(DownloadError) -> Bool {
        switch content {
        case .file(let file, _):
            if fchmod(file.descriptor, Self.mode) != 0 { throw .system("cannot make \(DownloadError.quoted(path))") }
            do throws(DownloadError) { try file.publish(as: name) } catch {
                if error.code == .fileSystem, try isTaken(path) { return false }
                throw error
            }
        case .download(let partial):
            if fchmod(partial.descriptor, Self.mode) != 0 { throw .system("cannot make \(DownloadError.quoted(path))") }
            try partial.sync()
            if hostler_rename_exclusive(AT_FDCWD, partial.path, path) != 0 {
                if errno == EEXIST { return false }
                // Not every file system can.
                guard errno == EINVAL || errno == ENOSYS, link(partial.path, path) == 0, unlink(partial.path) == 0
                else {
                    throw .system("cannot make \(DownloadError.quoted(path))")
                }
            }
            try FolderSync.sync(of: path)
        }
        return true
    }

    /// Guests' QEMU has a user of its own, and reads it; nobody writes to it.
    private static let mode: mode_t = 0o644
}
