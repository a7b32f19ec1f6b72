internal import Glibc
package import Provisioning

/// Brings templates into folders of this host, each once, whoever asks and however many do: in this process and in
/// others.
package struct TemplateStager: Sendable {
    package let state: HostState
    package let records: TemplateRecords
    package let fetcher: any TemplateFetcher

    package init(state: HostState, records: TemplateRecords, fetcher: any TemplateFetcher) {
        self.state = state
        self.records = records
        self.fetcher = fetcher
    }

    /// How often a process looks whether another one is done.
    private static let interval = Duration.milliseconds(250)
    /// How often what is kept follows the progress.
    private static let noteInterval = Duration.seconds(1)

    /// Writes down that a copy is wanted, for the daemon to see.
    ///
    /// - Returns: the copy as it is known now.
    package func want(_ template: TemplateRecord, _ place: TemplatePlace) throws -> TemplateCopy {
        try records.change(template.id, place.folder) { copy in
            copy.pool = place.pool ?? copy.pool
            if copy.effectiveState == .failed || copy.state == .ready && !Self.isThere(copy) {
                copy.state = .queued
                copy.nextAttempt = nil
            }
        }
    }

    /// Brings the template into the folder, or waits until somebody else has.
    ///
    /// - Parameters:
    ///   - progress: follows whoever does it.
    ///   - isRefreshing: whether a copy that is there is read again where its source has changed since.
    /// - Throws: ``DownloadError`` with why it is not there; `cancelled` where the task is, which leaves what came so far
    ///   for the next one.
    package func stage(
        _ template: TemplateRecord,
        in folder: String,
        progress: DownloadProgress = DownloadProgress(),
        isRefreshing: Bool = false
    ) async throws -> TemplateCopy {
        try state.makeFolder()
        let begun = Timestamp.now()
        var hasWaited = false
        while true {
            if let lock = try StagingLock(state, template: template.id, folder: folder) {
                defer { withExtendedLifetime(lock) {} }
                if let (known, isThere) = try await known(template, folder) {
                    // Whoever had the lock before has failed while we waited: that is our answer too.
                    if hasWaited, known.state == .failed, known.changed >= begun, let error = known.error {
                        throw DownloadError(.other, error, isTemporary: known.isErrorTemporary)
                    }
                    if isThere, try await isCurrent(known, template, isRefreshing) { return known }
                }
                return try await fetch(template, folder, progress)
            }
            hasWaited = true
            if let other = try records.copy(template.id, folder), other.state == .staging {
                progress.update { $0 = other.progress }
            }
            do { try await Task.sleep(for: Self.interval) } catch { throw Self.cancelled(template) }
        }
    }

    /// What is known of the copy, and whether it is good for guests.
    private func known(
        _ template: TemplateRecord,
        _ folder: String
    ) async throws -> (copy: TemplateCopy, isThere: Bool)? {
        do {
            return try await offPoolUntilCancelled { [records] in
                guard var copy = try records.copy(template.id, folder) else { return nil }
                if copy.state == .staging {
                    // We have its lock, so that nobody is at it, even one who lives: that could not be written down.
                    copy = try records.change(template.id, folder) { copy in
                        copy.owner = nil
                        copy.settle()
                    }
                }
                if copy.state == .ready && copy.arriving != nil {
                    // Whoever brought it has died over that, and has left what it was made of.
                    try copy.removeUnfinished()
                    copy = try records.change(template.id, folder) { $0.arriving = nil }
                }
                return (copy, copy.state == .ready && Self.isThere(copy))
            }
        } catch is CancellationError {
            throw Self.cancelled(template)
        }
    }

    private func isCurrent(
        _ copy: TemplateCopy,
        _ template: TemplateRecord,
        _ isRefreshing: Bool
    ) async throws -> Bool {
        guard isRefreshing, let validator = copy.validator else { return true }
        let isSame = try await fetcher.isUnchanged(template, since: validator)
        if isSame != false {
            try records.change(template.id, copy.folder) { ($0.verified, $0.error) = (Timestamp.now(), nil) }
        }
        return isSame != false
    }

    /// Whether the file is there, as large as it was. Its bytes are ``TemplateMaintenance``'s to verify.
    package static func isThere(_ copy: TemplateCopy) -> Bool {
        guard let path = copy.path, let size = Files.size(path) else { return false }
        return Int64(size) == copy.fileSize
    }

    private func fetch(
        _ template: TemplateRecord,
        _ folder: String,
        _ progress: DownloadProgress
    ) async throws -> TemplateCopy {
        if try records.template(template.id) == nil {
            throw DownloadError(
                .other,
                "\(template.kind.rawValue) '\(template.name)' was removed meanwhile; name it anew"
            )
        }
        let begun = progress.snapshot
        try records.change(template.id, folder) { copy in
            copy.state = .staging
            copy.owner = .current
            copy.attempts += 1
            copy.progress = begun
            copy.nextAttempt = nil
            copy.arriving = nil
        }
        do {
            let image = try await withNotes(template, folder, progress, since: begun) {
                try await fetcher.fetch(template, into: folder, progress: progress) { image throws(DownloadError) in
                    try announce(image, template, folder)
                }
            }
            return try records.change(template.id, folder) { copy in
                copy.take(image, progress.snapshot)
            }
        } catch {
            let failure =
                error as? DownloadError
                ?? DownloadError(.other, OperationError(wrapping: error)?.message ?? "\(error)", isTemporary: true)
            do { try writeDown(failure, template, folder, progress) } catch {
                let second = OperationError(wrapping: error)?.message ?? "\(error)"
                throw DownloadError(failure.code, "\(failure.message); and that could not be written down: \(second)")
            }
            throw failure
        }
    }

    private func announce(
        _ image: FetchedImage,
        _ template: TemplateRecord,
        _ folder: String
    ) throws(DownloadError) {
        do { try records.change(template.id, folder) { $0.arriving = image } } catch {
            throw DownloadError(.other, OperationError(wrapping: error)?.message ?? "\(error)", isTemporary: true)
        }
    }

    private func writeDown(
        _ failure: DownloadError,
        _ template: TemplateRecord,
        _ folder: String,
        _ progress: DownloadProgress
    ) throws {
        try records.change(template.id, folder) { copy in
            copy.owner = nil
            copy.progress = progress.snapshot
            if copy.takeArrived() { return }
            copy.arriving = nil
            if failure.code == .cancelled { copy.state = .queued } else { copy.fail(failure) }
            // What was here before is still good for guests: only a newer one could not be had.
            if copy.file != nil && Self.isThere(copy) { (copy.state, copy.nextAttempt) = (.ready, nil) }
        }
    }

    /// Has what is kept follow the progress while `body` runs.
    ///
    /// - Parameter begun: the progress that is written down by now.
    private func withNotes<Value: Sendable>(
        _ template: TemplateRecord,
        _ folder: String,
        _ progress: DownloadProgress,
        since begun: DownloadProgress.Snapshot,
        _ body: @Sendable @escaping () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask { [records] in
                var last = begun
                while !Task.isCancelled {
                    do { try await Task.sleep(for: Self.noteInterval) } catch { return nil }
                    let now = progress.snapshot
                    if now == last { continue }
                    // A note is no reason to give up a download; the next one is written a second later.
                    let isNoted: ()? = try? records.changeIfPresent(template.id, folder) { copy in
                        if copy.state == .staging { copy.progress = now }
                    }
                    if isNoted != nil { last = now }
                }
                return nil
            }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw Self.cancelled(template)
        }
    }

    private static func cancelled(_ template: TemplateRecord) -> DownloadError {
        DownloadError(
            .cancelled,
            "staging of '\(template.name)' was interrupted; what came so far is kept for the next time",
            isTemporary: true
        )
    }
}
