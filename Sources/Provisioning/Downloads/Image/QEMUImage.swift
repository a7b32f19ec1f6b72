internal import Glibc

/// Images through `qemu-img` (Debian's qemu-utils), which runs under limits and opens nothing but the files named here.
public struct QEMUImage: Sendable {
    let program: String
    /// Seconds that a conversion or a copy may take.
    let timeout: Int

    public init(program: String = "/usr/bin/qemu-img", timeout: Int = 10_800) {
        self.program = program
        self.timeout = timeout
    }

    // MARK: A second opinion

    /// Asks QEMU whether it sees the same image as we do.
    ///
    /// The header of a qcow2 or vmdk has to be checked before: qemu-img opens what the image refers to.
    ///
    /// - Parameter virtualSize: as our own look at it says, in bytes; `nil` where there is none.
    /// - Returns: the virtual size in bytes.
    /// - Throws: `badImage` where it does not, or refers to another file.
    @discardableResult
    public func verify(
        _ path: String,
        format: ImageFormat,
        virtualSize: Int64? = nil
    ) throws(DownloadError) -> Int64 {
        let info = try info(path, format: format)
        let shown = "qemu-img says that the \(format) image"
        if info.format != format.driver { throw DownloadError(.badImage, "\(shown) is \(info.format)") }
        if let virtualSize, virtualSize != info.virtualSize {
            throw DownloadError(.badImage, "\(shown) has \(info.virtualSize) bytes, and its header says \(virtualSize)")
        }
        if info.backingFilename != nil {
            throw DownloadError(.badImage, "\(shown) has a backing file, which is refused")
        }
        if info.specific?.data?.dataFile != nil { throw QCOW2Fields.dataFile }
        if info.specific?.data?.isCorrupt == true { throw DownloadError(.badImage, "\(shown) is corrupt") }
        if let extents = info.specific?.data?.extents, extents.contains(where: { $0.filename != path }) {
            throw DownloadError(.badImage, "\(shown) has its data in other files, which is refused")
        }
        return info.virtualSize
    }

    func info(_ path: String, format: ImageFormat) throws(DownloadError) -> QEMUImageInfo {
        let file = try absolute(path)
        let limits = ChildProgram.Limits(processorTime: 30, fileSize: 0)
        let arguments = [program, "info", "-U", "--output=json", "-f", format.driver, file]
        do { return try QEMUImageInfo(ChildProgram(arguments: arguments, limits: limits).run()) } catch {
            if error.code != .other { throw error }
            throw DownloadError(
                .badImage,
                "the \(format) image cannot be read: \(error.message); ask its owner for another"
            )
        }
    }

    // MARK: Making images

    /// Writes an image anew in another format.
    ///
    /// - Parameters:
    ///   - file: takes the result, and is on the disk afterwards.
    ///   - limit: bytes that the virtual disk, and the file, may have.
    ///   - progress: `expanded` is counted, as bytes of the virtual disk; the phase becomes `converting`.
    ///   - check: called now and then; what it throws ends it.
    /// - Throws: `badImage`, `tooLarge`, `noSpace`, `timeout`, `other`.
    public func convert(
        _ path: String,
        _ format: ImageFormat,
        to file: ImageFile,
        _ target: ImageFormat,
        limit: Int64 = .max,
        progress: DownloadProgress? = nil,
        check: () throws(DownloadError) -> Void = {}
    ) throws(DownloadError) {
        if format == .vmdk { try VMDKHeader.check(path) }
        if format == .qcow2 { _ = try QCOW2Header(path, limit: limit) }
        let size = try verify(path, format: format)
        if size > limit {
            throw DownloadError(
                .tooLarge,
                "the disk of the \(format) image has \(size) bytes, and \(limit) are allowed; raise maximum_size"
            )
        }
        progress?.update { $0.phase = .converting }
        var percent = QEMUProgress()
        // Room for the tables beside the data.
        let most = size > Int64.max / 2 ? nil : size + size / 64 + (16 << 20)
        let limits = ChildProgram.Limits(memory: 4 << 30, fileSize: most, timeout: timeout)
        let arguments = [
            program, "convert", "-p", "-f", format.driver, "-O", target.driver, try absolute(path),
            try absolute(file.path),
        ]
        do {
            try ChildProgram(arguments: arguments, limits: limits).run(
                heard: { bytes in
                    guard let now = percent.read(bytes) else { return }
                    progress?.update { $0.expanded = Int64(Double(size) / 100 * now) }
                },
                check: check
            )
        } catch {
            if error.code == .noSpace { throw file.noSpace(needed: nil) }
            throw error
        }
        try file.sync()
    }

    /// Makes `overlay` a qcow2 image that has what `backing` has until it is written to.
    ///
    /// - Parameters:
    ///   - format: of `backing`, which QEMU never guesses.
    ///   - virtualSize: in bytes; `nil` for that of `backing`.
    public func create(
        overlay: ImageFile,
        backing: String,
        format: ImageFormat,
        virtualSize: Int64? = nil
    ) throws(DownloadError) {
        let own = try verify(backing, format: format)
        if let virtualSize, virtualSize < own {
            throw DownloadError(
                .badInput,
                "a disk of \(virtualSize) bytes is smaller than its template, which has \(own); ask for as many or more"
            )
        }
        // QEMU's limit for the name of a backing file.
        if backing.utf8.count > 1023 {
            throw DownloadError(
                .badInput,
                "the path \(DownloadError.quoted(backing)) is longer than the 1023 bytes of qcow2"
            )
        }
        var arguments = [program, "create", "-q", "-f", "qcow2", "-F", format.driver, "-b", try absolute(backing)]
        arguments.append(try absolute(overlay.path))
        if let virtualSize { arguments.append(String(virtualSize)) }
        do { try ChildProgram(arguments: arguments).run() } catch {
            if error.code == .noSpace { throw overlay.noSpace(needed: nil) }
            throw error
        }
        try overlay.sync()
    }

    /// A full copy, which shares blocks with the original where the file system can do that.
    ///
    /// - Parameter target: `qcow2` or `raw`; the same bytes where it is `format`, else converted.
    public func copy(
        _ path: String,
        _ format: ImageFormat,
        to file: ImageFile,
        _ target: ImageFormat,
        progress: DownloadProgress? = nil,
        check: () throws(DownloadError) -> Void = {}
    ) throws(DownloadError) {
        if format.driver == target.driver, target == .qcow2 || target == .raw {
            try FileCopy.copy(path, to: file, progress: progress, check: check)
        } else {
            try convert(path, format, to: file, target, progress: progress, check: check)
        }
    }

    /// QEMU takes a name with a colon before its first slash for a protocol, and `json:` for options: neither begins
    /// with a slash.
    private func absolute(_ path: String) throws(DownloadError) -> String {
        if path.hasPrefix("/") { return path }
        guard let resolved = realpath(path, nil) else { throw .system("cannot find \(DownloadError.quoted(path))") }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
