internal import CLinux
internal import Glibc

extension CheckedImage {
    /// Gives it its name, which is of its content: `<name>-<12 digits of its digest>.<format>`. Where another host has put
    /// the same into a folder of both, that file is taken. It is on the disk when this returns.
    ///
    /// - Parameters:
    ///   - validator: of what the URL leads to.
    ///   - announce: told what is about to be there.
    func publish(
        _ request: ImageFetch.Request,
        _ source: DownloadedSource,
        _ validator: ContentValidator?,
        announce: ImageFetch.Announcement
    ) throws(DownloadError) -> FetchedImage {
        guard let size = FileSize.of(ownPath) else { throw .system("cannot look at \(DownloadError.quoted(ownPath))") }
        func fetched(_ name: String) -> FetchedImage {
            FetchedImage(
                file: name,
                format: format,
                virtualSize: virtualSize,
                fileSize: size,
                sourceDigests: source.checksums,
                imageDigest: digest,
                validator: validator
            )
        }
        let stem = "\(request.name)-\(digest.hex.prefix(12))"
        let first = "\(stem).\(format.rawValue)"
        for number in 1...100 {
            let name = number == 1 ? first : "\(stem)-\(number).\(format.rawValue)"
            let path = request.folder + "/" + name
            let isThere = try isTaken(path)
            if isThere, try !isSame(path) { continue }
            try announce(fetched(name))
            // Another host may be faster.
            let isOurs = isThere ? false : try publish(as: name, path)
            if !isThere, !isOurs, try !isSame(path) { continue }
            clear(isRenamed: isOurs)
            return fetched(name)
        }
        throw DownloadError(
            .fileSystem,
            "\(DownloadError.quoted(request.folder + "/" + first)) and 99 more like it are there already, with other content; "
                + "remove them, or take another name"
        )
    }

    private var ownPath: String {
        switch content {
        case .download(let partial): partial.path
        case .file(let file, _): file.path
        }
    }

    /// Removes what it was made of.
    private func clear(isRenamed: Bool) {
        switch content {
        case .download(let partial) where isRenamed: partial.handedOver()
        case .download(let partial): partial.discard()
        case .file(let file, let partial):
            file.discard()
            partial.discard()
        }
    }

    private func isTaken(_ path: String) throws(DownloadError) -> Bool {
        var status = stat()
        if lstat(path, &status) == 0 { return true }
        if errno == ENOENT { return false }
        throw .system("cannot look at \(DownloadError.quoted(path))")
    }

    /// Whether the file that is there has our content.
    private func isSame(_ path: String) throws(DownloadError) -> Bool {
        guard FileSize.of(path) == FileSize.of(ownPath) else { return false }
        return try FileDigest.of(path, digest.algorithm) == digest
    }

    /// - Returns: `false` where there is such a name by now.
    private func publish(as name: String, _ path: String) throws(DownloadError) -> Bool {
        switch content {
        case .file(let file, _):
            if fchmod(file.descriptor, Self.mode) != 0 { throw .system("cannot make \(DownloadError.quoted(path))") }
            do throws(DownloadError) { try file.publish(as: name) } catch {
                // With its hidden name gone the other one is ours, whatever could not be done after that.
                if error.code == .fileSystem, FileSize.of(file.path) != nil, try isTaken(path) { return false }
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
