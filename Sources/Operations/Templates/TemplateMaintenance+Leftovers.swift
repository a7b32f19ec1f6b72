internal import Provisioning

extension TemplateMaintenance {
    /// What nobody needs.
    ///
    /// - Parameters:
    ///   - guests: UUIDs of all guests of this host, lower-case; `nil` where they are not known.
    ///   - isOfUnused: whether copies of registered templates that no guest uses count too.
    ///   - isOfDisks: whether disks of guests that are gone count too, those that were made of templates here.
    package func leftovers(
        guests: Set<String>?,
        unusedCopies isOfUnused: Bool = false,
        guestDisks isOfDisks: Bool = false
    ) throws -> [Leftover] {
        var found: [Leftover] = []
        var kept: [TemplateUse] = []
        for use in try records.uses() {
            guard let guests, !guests.contains(use.guest), use.created + Self.youth < Timestamp.now() else {
                kept.append(use)
                continue
            }
            // An overlay needs the copy, whoever has made it.
            if use.kind == .overlay && use.file == nil && Files.size(use.path) != nil {
                kept.append(use)
                continue
            }
            // What was there before us is not ours.
            let isOurs = use.file != nil && Files.size(use.path) != nil
            if isOurs && use.kind != .medium && !isOfDisks {
                kept.append(use)
                continue
            }
            found.append(leftover(use, isOurs))
        }
        let copies = try records.copies()
        for copy in copies { found += try leftovers(copy, kept, isOfUnused) }
        for folder in Set(copies.map(\.folder)).sorted() where Files.isDirectory(folder) {
            found += try abandoned(folder)
        }
        return found
    }

    /// A guest may be about to be defined: VDSM's hook runs before. Milliseconds.
    private static let youth = 600_000

    private func leftover(_ use: TemplateUse, _ isOurs: Bool) -> Leftover {
        let what = isOurs ? use.path : "what is kept for guest \(use.guestName) (\(use.guest)) at \(use.path)"
        return Leftover(what, "the guest \(use.guestName) is not defined") {
            if use.kind == .medium {
                try GuestFiles(state: state, records: records).removeLinks(use.path, isOurs: isOurs)
            } else if isOurs {
                try unlinkIfThere(use.path)
            }
            try records.remove(use)
        }
    }

    private func leftovers(_ copy: TemplateCopy, _ uses: [TemplateUse], _ isOfUnused: Bool) throws -> [Leftover] {
        guard copy.effectiveState != .staging else { return [] }
        let template = try records.template(copy.template)
        let ofCopy = uses.filter { $0.isOf(copy) }
        if ofCopy.isEmpty && (template?.isRegistered != true || isOfUnused) {
            let name = template?.name ?? copy.template
            let what = copy.path ?? "what has come of '\(name)' in \(copy.folder)"
            return [
                Leftover(what, "no guest uses '\(name)'") { try removeUnused(copy) }
            ]
        }
        return copy.formerFiles.filter { file in !ofCopy.contains { $0.needs(file) } }.map { file in
            Leftover("\(copy.folder)/\(file)", "its source has changed since") {
                try removeFormer(file, of: copy)
            }
        }
    }

    /// Seconds until what has come of a download that nobody goes on with is not worth its place any more.
    private static let patience = 86_400

    private func abandoned(_ folder: String) throws -> [Leftover] {
        var found = try PartialFile.abandoned(in: folder, olderThan: Self.patience).map { path in
            Leftover(path, "nobody has gone on with it for a day") {
                try PartialFile.sweep(folder, olderThan: Self.patience)
            }
        }
        found += try ImageFile.abandoned(in: folder).map { path in
            Leftover(path, "whoever was making it is not there any more") {
                try ImageFile.sweep(folder)
            }
        }
        return found
    }
}
