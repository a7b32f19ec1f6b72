/// Looks at an image that is here whole, and makes of it what was asked for.
struct ImageInspection: Sendable {
    let request: ImageFetch.Request
    let settings: DownloadSettings
    let progress: DownloadProgress

    /// - Parameters:
    ///   - unpacked: the image; where there is none, the download itself is it.
    ///   - check: called now and then; what it throws ends it.
    func result(
        _ unpacked: Unpacking.Image?,
        _ partial: PartialFile,
        _ source: DownloadedSource,
        check: () throws(DownloadError) -> Void
    ) throws(DownloadError) -> CheckedImage {
        let path = unpacked?.file.path ?? partial.path
        let found = try format(path)
        guard [.qcow2, .raw, .iso].contains(found) else { return try converted(path, found, partial, check: check) }
        let size = try virtualSize(path, found)
        guard let digest = unpacked?.decoded.digests.first ?? source.checksums.first(where: { $0.algorithm == .sha256 })
        else { throw DownloadError(.other, "the image has no digest; try again") }
        return CheckedImage(
            content: unpacked.map { .file($0.file, partial) } ?? .download(partial),
            format: found,
            virtualSize: size,
            digest: digest
        )
    }

    private func format(_ path: String) throws(DownloadError) -> ImageFormat {
        switch request.format {
        case nil:
            let found = try ImageFormat.detect(path)
            if [.qcow2, .raw, .iso].contains(found) { return found }
            throw DownloadError(
                .badImage,
                "the image is \(found.rawValue), which no guest of KVM is given as it is; ask for it with the format qcow2 to have "
                    + "it converted"
            )
        case ImageFormat.qcow2?:
            let found = try ImageFormat.detect(path)
            if found != .raw && found != .iso { return found }
            throw DownloadError(
                .badImage,
                "the image is not qcow2 but \(found.rawValue) by its content; ask for it with the format \(found.rawValue)"
            )
        case let wanted?:
            return try ImageFormat.detect(path, declared: wanted)
        }
    }

    private func virtualSize(_ path: String, _ format: ImageFormat) throws(DownloadError) -> Int64 {
        guard format == .qcow2 else {
            guard let size = FileSize.of(path) else { throw .system("cannot look at \(DownloadError.quoted(path))") }
            return size
        }
        let header = try QCOW2Header(path, limit: settings.maximumSize)
        return try QEMUImage().verify(path, format: .qcow2, virtualSize: header.virtualSize)
    }

    private func converted(
        _ path: String,
        _ format: ImageFormat,
        _ partial: PartialFile,
        check: () throws(DownloadError) -> Void
    ) throws(DownloadError) -> CheckedImage {
        let file = try ImageFile(in: request.folder, id: request.id)
        try QEMUImage().convert(
            path,
            format,
            to: file,
            .qcow2,
            limit: settings.maximumSize,
            progress: progress,
            check: check
        )
        progress.update { $0.phase = .verifying }
        return CheckedImage(
            content: .file(file, partial),
            format: .qcow2,
            virtualSize: try QCOW2Header(file.path, limit: settings.maximumSize).virtualSize,
            digest: try FileDigest.of(file.path, .sha256)
        )
    }
}
