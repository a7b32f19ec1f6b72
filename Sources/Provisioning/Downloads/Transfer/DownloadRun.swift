internal import Glibc

/// One call of ``Downloader``.
struct DownloadRun: Sendable {
    private let item: DownloadItem
    private let file: PartialFile
    private let progress: DownloadProgress
    private let settings: DownloadSettings
    private let sources: SourceTable
    private let digests: PrefixDigests

    init(
        item: DownloadItem,
        file: PartialFile,
        progress: DownloadProgress,
        settings: DownloadSettings,
        sources: SourceTable
    ) throws(DownloadError) {
        self.item = item
        self.file = file
        self.progress = progress
        self.settings = settings
        self.sources = sources
        let algorithms = Set(item.checksums.map(\.algorithm)).union([.sha256])
        digests = try PrefixDigests(algorithms, generation: file.generation)
    }

    func result() async throws(DownloadError) -> DownloadedSource {
        if item.urls.isEmpty { throw DownloadError(.badInput, "there is no URL to download from; give one") }
        if let pieces = item.pieces, pieces.length <= 0 {
            throw DownloadError(.badInput, "pieces of \(pieces.length) bytes make no file; give their length in bytes")
        }
        var errors: [DownloadError] = []
        for index in item.urls.indices {
            do throws(DownloadError) {
                return try await mirror(index)
            } catch {
                if Self.endsAll(error) { throw error }
                progress.fail(error.message)
                errors.append(error)
            }
        }
        throw Self.sum(errors)
    }

    /// What no other mirror can help with.
    private static func endsAll(_ error: DownloadError) -> Bool {
        [.cancelled, .noSpace, .fileSystem].contains(error.code)
    }

    private static func sum(_ errors: [DownloadError]) -> DownloadError {
        guard let last = errors.last, errors.count > 1 else {
            return errors.last ?? DownloadError(.badInput, "there is no URL to download from; give one")
        }
        let reasons = errors.enumerated().map { "(\($0.offset + 1)) \($0.element.message)" }
        return DownloadError(
            last.code,
            "none of the \(errors.count) sources gives the file: \(reasons.joined(separator: "; "))",
            isTemporary: errors.contains(where: \.isTemporary)
        )
    }

    private func mirror(_ index: Int) async throws(DownloadError) -> DownloadedSource {
        let url = item.urls[index]
        var isResumed = file.received > 0
        while true {
            try await fetch(url, attempts: index + 1 < item.urls.count ? min(2, settings.attempts) : settings.attempts)
            do throws(DownloadError) {
                return try await verified(index)
            } catch {
                if Self.endsAll(error) { throw error }
                try file.restart()
                // Not this source may be to blame, but what was here before.
                if !isResumed { throw error }
                isResumed = false
                progress.fail(error.message)
            }
        }
    }

    // MARK: - Fetching

    /// Asks one source until it has given all, or until there is no point in it.
    ///
    /// - Parameter attempts: without getting on; few where there is another source to ask.
    private func fetch(_ url: String, attempts: Int) async throws(DownloadError) {
        let deadline = settings.totalTimeout > 0 ? LandingReceiver.seconds + settings.totalTimeout : nil
        var attempt = 1
        var hasRestarted = false
        while true {
            let before = file.present
            do throws(DownloadError) {
                return try await once(url, attempt: attempt, deadline: deadline)
            } catch {
                if Task.isCancelled { throw .wasCancelled }
                if error.code == .changed && !hasRestarted {
                    hasRestarted = true
                    progress.fail(error.message)
                    try file.restart()
                    continue
                }
                if !error.isTemporary { throw error }
                // Who gets on with it is not about to give up.
                attempt = file.present >= before + 1 << 20 ? 2 : attempt + 1
                let delay = pause(before: attempt, error)
                if attempt > attempts { throw error }
                if let deadline, LandingReceiver.seconds + Int(delay) > deadline { throw error }
                progress.fail(error.message)
                progress.update { $0.phase = .waiting }
                do { try await Task.sleep(for: .seconds(delay)) } catch { throw .wasCancelled }
            }
        }
    }

    /// In seconds.
    private func pause(before attempt: Int, _ error: DownloadError) -> Double {
        let usual = min(30, settings.retryDelay * Double(1 << min(10, attempt - 2))) * Double.random(in: 0.75...1.25)
        // A server may ask for patience, but not for a day of it.
        return max(usual, Double(min(error.retryAfter ?? 0, 120)))
    }

    private func once(_ url: String, attempt: Int, deadline: Int?) async throws(DownloadError) {
        let source = try sources.source(url, headers: try headers(for: url))
        let resumption = file.resumption(url: url, isChecked: !item.checksums.isEmpty)
        let request = ByteRequest(url: url, offset: resumption.offset, validator: resumption.validator)
        progress.update { snapshot in
            snapshot.phase = .connecting
            snapshot.source = Self.shown(url)
            snapshot.attempt = attempt
            snapshot.received = resumption.offset
        }
        let limits = LandingReceiver.Limits(size: item.size, maximum: settings.maximumSize, deadline: deadline)
        let isChecked = !item.checksums.isEmpty
        let head = settings.connections > 1 ? await PartsFetch.head(url, source, limits) : nil
        file.startGrowing()
        let failure = await withTaskGroup(of: DownloadError?.self) { group in
            group.addTask(executorPreference: WorkExecutor.shared) { [digests, file] in
                do throws(DownloadError) {
                    try await digests.follow(file)
                    return nil
                } catch { return error }
            }
            var failure: DownloadError?
            do throws(DownloadError) {
                if let head {
                    try await PartsFetch(url: url, source: source, file: file, limits: limits, progress: progress)
                        .run(head, connections: min(16, settings.connections), isChecked: isChecked)
                } else {
                    try await land(request, from: source, limits)
                }
            } catch { failure = error }
            failure = failure ?? tooShort(url)
            file.stopGrowing(isComplete: failure == nil)
            if failure == nil { progress.update { $0.phase = .verifying } }
            for await error in group { failure = failure ?? error }
            return failure
        }
        if let failure { throw failure }
    }

    /// Over one connection.
    private func land(
        _ request: ByteRequest,
        from source: any ByteSource,
        _ limits: LandingReceiver.Limits
    ) async throws(DownloadError) {
        let receiver = LandingReceiver(request.url, file, limits, progress)
        do throws(DownloadError) { try await source.read(request, into: receiver) } catch {
            // What came until then is worth keeping; where it cannot be kept, that is the news.
            try receiver.finish()
            throw error
        }
        try receiver.finish()
    }

    /// A server may answer with less than the part that was asked for.
    private func tooShort(_ url: String) -> DownloadError? {
        guard let size = file.size, file.received < size else { return nil }
        return DownloadError(
            .wrongSize,
            "\(DisplayURL(url).text) gave \(file.received) of \(size) bytes; try again",
            isTemporary: true
        )
    }

    /// Headers are for the server that they were given for, as libcurl reads the URL.
    ///
    /// - Throws: `badInput` for what is no URL.
    private func headers(for url: String) throws(DownloadError) -> [HTTPHeader] {
        if item.headers.isEmpty || !HTTPSource.reads(url) { return [] }
        var owner = item.headerOrigin
        if owner == nil, let first = item.urls.first { owner = try HTTPSource.origin(of: first) }
        return try HTTPAddress(url).origin == owner ? item.headers : []
    }

    private static func shown(_ url: String) -> String { String(DisplayURL(url).text.dropFirst().dropLast()) }

    // MARK: - Checking

    private func verified(_ index: Int) async throws(DownloadError) -> DownloadedSource {
        progress.update { $0.phase = .verifying }
        if let size = item.size, size != file.received {
            throw DownloadError(
                .wrongSize,
                "\(DisplayURL(item.urls[index]).text) has \(file.received) bytes where \(size) are expected; "
                    + "check the URL and the size"
            )
        }
        var checksums = try await digests.finish()
        var complaint = mismatch(checksums, index)
        if let pieces = item.pieces, complaint != nil || item.checksums.isEmpty {
            if try await repair(PieceCheck(file: file, pieces: pieces), from: index) {
                file.beginAgain()
                try await digests.follow(file)
                checksums = try await digests.finish()
                complaint = mismatch(checksums, index)
            }
        }
        if let complaint { throw complaint }
        return DownloadedSource(
            checksums: checksums,
            size: file.received,
            validator: file.validator,
            url: Self.shown(item.urls[index])
        )
    }

    private func mismatch(_ found: [Checksum], _ index: Int) -> DownloadError? {
        for wanted in item.checksums {
            guard let own = found.first(where: { $0.algorithm == wanted.algorithm }) else { continue }
            if own.hex == wanted.hex.lowercased() { continue }
            return DownloadError(
                .checksum,
                "the \(wanted.algorithm.rawValue) of \(DisplayURL(item.urls[index]).text) is \(own.hex) and not "
                    + "'\(DisplayURL.printable(wanted.hex))'; check the checksum, or have the file put there again"
            )
        }
        return nil
    }

    /// Replaces the wrong pieces by what other mirrors have.
    ///
    /// - Returns: whether anything was replaced.
    /// - Throws: `checksum` where pieces stay wrong.
    private func repair(_ check: PieceCheck, from index: Int) async throws(DownloadError) -> Bool {
        if check.count != check.pieces.hashes.count {
            throw DownloadError(
                .wrongSize,
                "\(DisplayURL(item.urls[index]).text) has \(check.count) pieces of \(check.pieces.length) bytes where "
                    + "\(check.pieces.hashes.count) are expected"
            )
        }
        var wrong = try await check.wrong()
        if wrong.isEmpty { return false }
        let count = wrong.count
        // The next ones first, and those that were asked before last.
        let others = item.urls[(index + 1)...] + item.urls[..<index]
        for url in others where !wrong.isEmpty {
            progress.update { snapshot in
                snapshot.phase = .downloading
                snapshot.source = Self.shown(url)
            }
            do throws(DownloadError) {
                let source = try sources.source(url, headers: try headers(for: url))
                for range in check.runs(wrong) {
                    let request = ByteRequest(url: url, offset: range.lowerBound, end: range.upperBound)
                    let receiver = PieceReceiver(url, file, size: file.received, range: range)
                    try await source.read(request, into: receiver)
                }
            } catch {
                if Self.endsAll(error) { throw error }
                progress.fail(error.message)
            }
            progress.update { $0.phase = .verifying }
            wrong = try await check.wrong(wrong)
        }
        if wrong.isEmpty { return true }
        throw DownloadError(
            .checksum,
            "\(wrong.count) of \(check.pieces.hashes.count) pieces of \(DisplayURL(item.urls[index]).text) are wrong "
                + "(\(count) at first), and no other source has them; have the file put there again"
        )
    }
}
