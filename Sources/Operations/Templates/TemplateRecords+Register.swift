internal import Provisioning
internal import StateStore

extension TemplateRecords {
    /// Keeps what is wanted. What is known already keeps its name unless another one is given, and gets the new headers.
    ///
    /// One of that name that never brought anything, and that no guest is to have, makes room: most often it was the same
    /// with a mistake in it.
    ///
    /// - Parameter isNameDerived: whether nobody has given the name: then another one is taken where it is in use.
    /// - Throws: where another one has that name already.
    @discardableResult
    package func register(_ record: TemplateRecord, isNameDerived: Bool = false) throws -> TemplateRecord {
        let isDerived = isNameDerived || !record.isRegistered
        let key = Self.prefix + record.id
        for _ in 0..<Self.maximumTries {
            let (names, old) = (try store.get(Self.namesKey), try store.get(key))
            var wanted = try named(record, isDerived)
            if let old {
                let known: TemplateRecord = try Stored.decode(old.value, key)
                wanted = known.merged(wanted, isDerived: isDerived)
            }
            let answer = try store.transaction(
                compare: [
                    .modRevision(Self.namesKey, .equal, names?.modRevision ?? 0),
                    .modRevision(key, .equal, old?.modRevision ?? 0),
                ],
                success: [.put(key, try Stored.encode(wanted)), .put(Self.namesKey, [])]
            )
            if answer.succeeded { return wanted }
        }
        throw OperationError(.failure, "others register templates all the time; try again")
    }

    /// Put by whoever gives a name, so that two who give the same one at once notice.
    private static let namesKey = "templatenames"
    private static let maximumTries = 1000

    /// - Returns: the record, under another name where its own is in use and nobody has asked for it.
    private func named(_ record: TemplateRecord, _ isDerived: Bool) throws -> TemplateRecord {
        var wanted = record
        for other in try all() where other.id != record.id && other.kind == record.kind && other.name == record.name {
            if try discardFailed(other) { continue }
            if !isDerived {
                throw OperationError(
                    .badInput,
                    "there is a \(record.kind.rawValue) '\(record.name)' already, of another URL or checksum; take another "
                        + "name, or remove it first (hostler template remove \(record.name))"
                )
            }
            wanted.name = "\(record.name.prefix(54))-\(record.id.prefix(8))"
        }
        return wanted
    }

    /// - Returns: `false` where it is of use to somebody, or may be.
    private func discardFailed(_ template: TemplateRecord) throws -> Bool {
        let copies = try copies(of: template.id)
        let hasFailed = copies.allSatisfy { copy in
            copy.attempts > 0 && copy.file == nil && copy.formerFiles.isEmpty
                && [.failed, .queued].contains(copy.effectiveState)
        }
        guard !copies.isEmpty, hasFailed, try uses(of: template.id).isEmpty else { return false }
        for copy in copies { if try !copy.removeUnfinished() { return false } }
        try remove(template.id)
        return true
    }
}

extension TemplateRecord {
    /// What is known, with what is said of it now.
    fileprivate func merged(_ new: TemplateRecord, isDerived: Bool) -> TemplateRecord {
        var known = self
        if new.isRegistered {
            if !isDerived { known.name = new.name }
            known.displayText = new.displayText ?? known.displayText
            known.isRegistered = true
            known.presentation = new.presentation ?? known.presentation
        }
        if !new.headers.isEmpty { known.headers = new.headers }
        if let format = new.format { known.format = format }
        return known
    }
}
