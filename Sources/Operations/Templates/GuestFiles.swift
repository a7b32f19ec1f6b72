internal import Glibc
internal import Provisioning

/// Makes what guests have of templates, once the template is there: in a moment, but for full copies.
package struct GuestFiles: Sendable {
    package let state: HostState
    package let records: TemplateRecords

    package init(state: HostState, records: TemplateRecords) {
        self.state = state
        self.records = records
    }

    /// Writes down what a guest needs, so that it is staged, and what is staged is kept.
    ///
    /// - Parameter isRenewed: whether a disk that is gone is to be made anew, of another template than before.
    /// - Throws: where the guest's disk is gone: an empty one in its place would hide a file system that is not mounted.
    package func note(_ need: TemplateNeed, isRenewed: Bool = false) throws {
        if try records.template(need.template.id) == nil { try records.register(need.template) }
        guard let known = try records.use(need.use.guest, need.use.path) else { return try records.put(need.use) }
        if known.kind == .medium {
            let isReleased = known.file != nil && Files.size(known.path) == nil
            if isReleased || !known.isSame(need.use) { try records.put(need.use) }
            return
        }
        let isGone = known.file != nil && Files.size(known.path) == nil
        if isGone && !(isRenewed && known.template != need.use.template) {
            throw OperationError(
                .failure,
                "its disk \(known.path) is gone, which was made of template '\(need.template.name)': put it back, or have it "
                    + "made anew (hostler template reset \(known.guestName))"
            )
        }
        // A disk is not another one since somebody has changed his mind about the template.
        if known.file != nil && !isGone { return }
        if isGone || !known.isSame(need.use) { try records.put(need.use) }
    }

    /// - Throws: where a disk that is there cannot be read, since the file that it is an overlay on is gone.
    package func checkBacking(_ need: TemplateNeed) throws {
        guard let known = try records.use(need.use.guest, need.use.path), known.needs(nil), let file = known.file,
            Files.size("\(known.folder)/\(file)") == nil
        else { return }
        throw OperationError(
            .failure,
            "\(known.folder)/\(file) is gone, which its disk \(known.path) is an overlay on: put it back"
        )
    }

    /// Whether the guest's file is there.
    package func isMade(_ need: TemplateNeed) throws -> Bool {
        guard Files.size(need.use.path) != nil else { return false }
        // A disk is the guest's own once it is made, whatever has become of the template; an ISO follows it.
        guard need.use.kind == .medium else { return true }
        let known = try records.use(need.use.guest, need.use.path)
        guard let known, known.template == need.template.id, let file = known.file else { return false }
        return try records.copy(known.template, known.folder)?.file ?? file == file
    }

    /// Makes the guest's file of a copy that is ready.
    ///
    /// - Returns: whether it was not there before.
    /// - Throws: also where a disk is there whose template is not.
    @discardableResult
    package func make(_ need: TemplateNeed, of copy: TemplateCopy) throws -> Bool {
        guard let source = copy.path, let file = copy.file, let format = copy.format else {
            throw OperationError(.failure, "template '\(need.template.name)' \(copy.stage)")
        }
        try state.makeFolder()
        // A full copy takes its time, and what else is made for the guest does not wait for it.
        let id = need.use.kind == .full ? StableID.make("full\n\(need.use.path)") : need.use.guest
        let lock = try FileLock(state.lockFile, uuid: id)
        return try withExtendedLifetime(lock) {
            if try isMade(need) { return false }
            var use = need.use
            use.file = file
            switch use.kind {
            case .overlay:
                try whileThere(copy) {
                    try make(use.path) { try QEMUImage().create(overlay: $0, backing: source, format: format) }
                    try records.put(use)
                }
            case .full:
                // It may take its time, and reads on where the template is removed meanwhile.
                try make(use.path) { try QEMUImage().copy(source, format, to: $0, .qcow2) }
                try records.put(use)
            case .medium:
                try state.makeMediaFolders()
                try whileThere(copy) {
                    try link(source, as: use.path, isOurs: try records.use(use.guest, use.path)?.file != nil)
                    try records.put(use)
                }
            }
            return true
        }
    }

    /// Nobody removes the copy meanwhile: who does looks for guests' files under the same lock.
    private func whileThere(_ copy: TemplateCopy, _ body: () throws -> Void) throws {
        let lock = try FileLock(state.lockFile, uuid: StagingLock.id(template: copy.template, folder: copy.folder))
        try withExtendedLifetime(lock) { try body() }
    }

    private func make(_ path: String, _ body: (ImageFile) throws -> Void) throws {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let folder = String(path[..<slash])
        // What a process that was killed over the same has left may be as large as the disk.
        try ImageFile.sweep(folder)
        let file = try ImageFile(in: folder, id: "disk")
        try body(file)
        try file.publish(as: String(path[path.index(after: slash)...]))
    }

    /// Another name for the same file, so that one ISO serves all guests.
    private func link(_ source: String, as path: String, isOurs: Bool) throws {
        if !isOurs, !isInMediaFolder(path), try Files.kind(path) != .nothing {
            throw OperationError(
                .failure,
                "\(path) is there already and is left alone; move it, so that the ISO gets that name"
            )
        }
        let new = Self.newName(path)
        if unlink(new) != 0 && errno != ENOENT { throw SystemError("cannot replace \(new)") }
        if Glibc.link(source, new) != 0 {
            guard errno == EXDEV else { throw SystemError("cannot link \(path) to \(source)") }
            if symlink(source, new) != 0 { throw SystemError("cannot link \(path) to \(source)") }
        }
        if rename(new, path) != 0 { throw SystemError("cannot rename \(new)") }
        // Between two names of one file rename(2) does nothing.
        if unlink(new) != 0 && errno != ENOENT { throw SystemError("cannot remove \(new)") }
    }

    /// What a link is called before it takes the place of another.
    private static func newName(_ path: String) -> String { path + ".new" }

    /// Removes a guest's name of an ISO, and what a killed process has left beside it.
    ///
    /// - Parameter isOurs: whether we are known to have made it; else it has to be where nobody else makes any.
    func removeLinks(_ path: String, isOurs: Bool) throws {
        guard isOurs || isInMediaFolder(path) else { return }
        for name in [path, Self.newName(path)] where unlink(name) != 0 && errno != ENOENT {
            throw SystemError("cannot remove \(name)")
        }
    }

    /// Takes away what a guest that is stopped does not need meanwhile: its name of an ISO. That it is to have the ISO stays
    /// written down, so that the ISO is kept for its next start.
    ///
    /// - Parameter guest: its UUID, lower-case.
    package func release(guest: String, path: String) throws {
        let lock = try FileLock(state.lockFile, uuid: guest)
        try withExtendedLifetime(lock) {
            let use = try records.use(guest, path)
            if let use, use.kind != .medium { return }
            try removeLinks(path, isOurs: use?.file != nil)
            if let use, try records.template(use.template) == nil { try records.remove(use) }
        }
    }

    /// Forgets what a guest no longer needs and was not made, and its ISOs. Disks stay, and what they are made of.
    ///
    /// - Parameter needs: what it still needs.
    package func forget(_ guest: String, but needs: [TemplateNeed]) throws {
        for use in try unneeded(guest, needs) {
            if use.kind == .medium || Files.size(use.path) == nil { try records.remove(use) }
        }
    }

    /// Has nothing made any more that a guest's definition does not name. What is made, it may be running with.
    package func dropWishes(_ guest: String, but needs: [TemplateNeed]) throws {
        for use in try unneeded(guest, needs) where use.file == nil && Files.size(use.path) == nil {
            try records.remove(use)
        }
    }

    private func unneeded(_ guest: String, _ needs: [TemplateNeed]) throws -> [TemplateUse] {
        try records.uses(ofGuest: guest).filter { use in !needs.contains { $0.use.path == use.path } }
    }

    private func isInMediaFolder(_ path: String) -> Bool {
        path.hasPrefix(state.mediaFolder + "/") && !path.dropFirst(state.mediaFolder.count + 1).contains("/")
    }
}

extension TemplateUse {
    func isSame(_ other: TemplateUse) -> Bool {
        template == other.template && folder == other.folder && kind == other.kind && guestName == other.guestName
    }
}
