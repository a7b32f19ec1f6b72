internal import Glibc
package import Provisioning

/// Looks after the copies that are there: verifies them, and removes what nobody needs.
package struct TemplateMaintenance: Sendable {
    package let state: HostState
    package let records: TemplateRecords

    package init(state: HostState, records: TemplateRecords) {
        self.state = state
        self.records = records
    }

    // MARK: Verifying

    /// Reads a copy's file again.
    ///
    /// - Throws: ``DownloadError/Code/checksum`` where it is not what was staged.
    package func verify(_ copy: TemplateCopy, progress: DownloadProgress) throws {
        guard copy.state == .ready, let path = copy.path, let wanted = copy.imageDigest else {
            throw OperationError(.failure, "it \(copy.stage)")
        }
        let found = try FileDigest.of(path, wanted.algorithm, progress: progress)
        if found != wanted {
            let name = try records.template(copy.template)?.name ?? copy.template
            throw DownloadError(
                .checksum,
                "\(path) has been changed since it was staged: its \(wanted.algorithm.rawValue) is \(found.hex), not "
                    + "\(wanted.hex); remove that file, and 'hostler template stage \(name)' brings it again"
            )
        }
        try records.changeIfPresent(copy.template, copy.folder) {
            if $0.file == copy.file { $0.verified = Timestamp.now() }
        }
    }

    // MARK: Using

    /// Disks of guests that are of no use without a copy of the template, or without this file of it.
    package func disks(on template: String, folder: String? = nil, file: String? = nil) throws -> [TemplateUse] {
        try records.uses(of: template, folder: folder).filter { use in
            use.needs(file) && Files.size(use.path) != nil
        }
    }

    // MARK: Removing

    /// Removes a template with its copies. Guests keep what was made of it but is no overlay.
    ///
    /// - Throws: where a guest's disk needs one, or somebody is staging it; nothing is removed then.
    package func remove(_ template: TemplateRecord) throws {
        let copies = try records.copies(of: template.id)
        try state.makeFolder()
        let locks = try copies.map { try lock($0) }
        try withExtendedLifetime(locks) {
            try checkUnused(template)
            for copy in copies { try remove(copy) }
            for use in try records.uses(of: template.id) where use.file == nil { try records.remove(use) }
            try records.remove(template.id)
        }
    }

    private func checkUnused(_ template: TemplateRecord) throws {
        let disks = try disks(on: template.id)
        if disks.isEmpty { return }
        let names = disks.prefix(5).map { "\($0.guestName) (\($0.path))" }.joined(separator: ", ")
        let more = disks.count > 5 ? " and \(disks.count - 5) more" : ""
        throw OperationError(
            .failure,
            "\(template.kind.rawValue) '\(template.name)' is what these disks are overlays on: \(names)\(more); remove them "
                + "first"
        )
    }

    /// Keeps everybody from staging the copy.
    private func lock(_ copy: TemplateCopy) throws -> StagingLock {
        // A program that is just being started has what we have open, for a moment.
        for _ in 0..<20 {
            if let lock = try StagingLock(state, template: copy.template, folder: copy.folder) { return lock }
            usleep(10_000)
        }
        let template = try records.template(copy.template)
        let owner = try records.copy(copy.template, copy.folder)?.owner.map { " (process \($0.pid))" } ?? ""
        throw OperationError(
            .failure,
            "\(template?.kind.rawValue ?? "template") '\(template?.name ?? copy.template)' is being staged into "
                + "\(copy.folder)\(owner); wait for it, or stop that first"
        )
    }

    /// Removes a copy with its files while nobody makes a guest's file of it.
    ///
    /// - Parameter wanted: asked then, once more.
    private func remove(_ copy: TemplateCopy, if wanted: () throws -> Bool = { true }) throws {
        let id = StagingLock.id(template: copy.template, folder: copy.folder)
        let lock = try FileLock(state.lockFile, uuid: id)
        try withExtendedLifetime(lock) {
            guard try disks(on: copy.template, folder: copy.folder).isEmpty, try wanted() else {
                throw OperationError(.failure, "a guest has something of the copy in \(copy.folder) by now; look again")
            }
            // A file that is not as we left it is not ours any more.
            if let file = copy.file, TemplateStager.isThere(copy) { try removeFile(file, of: copy) }
            for file in copy.formerFiles { try removeFile(file, of: copy) }
            try copy.removeUnfinished()
            try records.removeCopy(copy.template, copy.folder)
        }
    }

    /// Removes a copy that nobody needs.
    func removeUnused(_ copy: TemplateCopy) throws {
        let staging = try lock(copy)
        try withExtendedLifetime(staging) {
            try remove(copy) { try records.uses(of: copy.template, folder: copy.folder).allSatisfy { $0.file == nil } }
            let template = try records.template(copy.template)
            if template?.isRegistered != true, try records.copies(of: copy.template).isEmpty {
                try records.remove(copy.template)
            }
        }
    }

    /// Removes a file that a copy once was.
    func removeFormer(_ file: String, of copy: TemplateCopy) throws {
        let id = StagingLock.id(template: copy.template, folder: copy.folder)
        let lock = try FileLock(state.lockFile, uuid: id)
        try withExtendedLifetime(lock) {
            guard let now = try records.copy(copy.template, copy.folder), now.file != file else { return }
            if try disks(on: copy.template, folder: copy.folder, file: file).isEmpty { try removeFile(file, of: copy) }
            try records.changeIfPresent(copy.template, copy.folder) { $0.formerFiles.removeAll { $0 == file } }
        }
    }

    /// Templates with the same content and name share a file.
    private func removeFile(_ file: String, of copy: TemplateCopy) throws {
        let isShared = try records.copies().contains { other in
            other.folder == copy.folder && other.template != copy.template
                && (other.file == file || other.formerFiles.contains(file))
        }
        if !isShared { try unlinkIfThere("\(copy.folder)/\(file)") }
    }

    func unlinkIfThere(_ path: String) throws {
        if unlink(path) != 0 && errno != ENOENT { throw SystemError("cannot remove \(path)") }
    }
}
