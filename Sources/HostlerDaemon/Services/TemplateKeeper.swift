package import Logging
internal import Metrics
package import Operations
internal import Provisioning
internal import ServiceLifecycle
internal import StateStore
internal import Synchronization

/// Brings here what is wanted of templates: by properties of guests, by the API, by commands that were stopped; after a
/// crash too. Keeps the servers of cached ISOs running.
package final class TemplateKeeper: Service {
    private let stager: TemplateStager
    private let files: GuestFiles
    private let limit: @Sendable () -> Int
    private let log: EventLog
    private let logger: Logger
    private let running = Mutex<Set<String>>([])
    /// Folders that are looked at: one that does not answer is not asked again before it has.
    private let looking = Mutex<Set<String>>([])
    /// What is wrong with the servers of cached ISOs, by guest.
    private let complaints = Mutex<[String: String]>([:])
    /// Guests' files that could not be made, with the copy's last change: not tried again until that changes, or the daemon
    /// starts anew.
    private let refused = Mutex<[String: Int]>([:])

    /// - Parameter limit: how many templates are brought here at once.
    package init(
        stager: TemplateStager,
        limit: @escaping @Sendable () -> Int,
        log: EventLog,
        logger: Logger
    ) {
        self.stager = stager
        files = GuestFiles(state: stager.state, records: stager.records)
        self.limit = limit
        self.log = log
        self.logger = logger
    }

    private static let interval = Duration.milliseconds(500)
    /// How long a pool may take to answer before the next one is looked at.
    private static let patience = Duration.seconds(2)
    /// What is due by the clock is looked for this often, in looks at the state.
    private static let looksWithoutChange = 10

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                var seen: Int64 = 0
                var looks = 0
                var complaint: String?
                while !Task.isCancelled {
                    do {
                        let revision = try await self.stager.records.store.revision()
                        looks += 1
                        if revision != seen || looks >= Self.looksWithoutChange {
                            (seen, looks) = (revision, 0)
                            for work in try await self.due() { self.begin(work, in: &group) }
                        }
                        complaint = nil
                    } catch is CancellationError {
                        break
                    } catch {
                        let sentence = GuestWatch.sentence(error)
                        if sentence != complaint { self.logger.error("templates cannot be looked after: \(sentence)") }
                        complaint = sentence
                    }
                    if self.claim(Self.reviving) { group.addTask { await self.revive() } }
                    do { try await Task.sleep(for: Self.interval) } catch { break }
                }
            }
        }
    }

    private static let reviving = "reviving"

    /// A guest whose server has died waits for the next one.
    private func revive() async {
        defer { running.withLock { _ = $0.remove(Self.reviving) } }
        do {
            let revival = try await offPool { try NBDServers().revive() }
            for uuid in revival.revived {
                Counter(label: "hostler_iso_servers_revived_total").increment()
                logger.warning("the server of the ISO of guest \(uuid) had died; it runs again")
            }
            tell(revival.failures.mapValues(\.message))
        } catch {
            tell(["": GuestWatch.sentence(error)])
        }
    }

    /// Once for each guest, until it is another sentence.
    private func tell(_ failures: [String: String]) {
        let news = complaints.withLock { complaints in
            defer { complaints = failures }
            return failures.filter { complaints[$0.key] != $0.value }
        }
        for (uuid, sentence) in news {
            logger.error("the server of the ISO of guest \(uuid) cannot be started again: \(sentence)")
        }
    }

    private enum Work: Sendable {
        case stage(TemplateRecord, folder: String)
        case make(TemplateNeed, TemplateCopy)
    }

    /// What is to be done, begun or not, where the file system answers.
    private func due() async throws -> [Work] {
        var work: [Work] = []
        for folder in try stager.records.folders().sorted() {
            guard looking.withLock({ $0.insert(folder).inserted }) else { continue }
            let found: [Work]?
            do {
                found = try await offPool(within: Self.patience) {
                    defer { self.looking.withLock { _ = $0.remove(folder) } }
                    return try self.due(folder)
                }
            } catch {
                // There may have been no thread to look in.
                looking.withLock { _ = $0.remove(folder) }
                throw error
            }
            if found == nil { logger.warning("nothing is staged into \(folder): its file system does not answer") }
            work += found ?? []
        }
        return work
    }

    private func due(_ folder: String) throws -> [Work] {
        var work: [Work] = []
        let records = stager.records
        let templates = Dictionary(try records.all().map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let uses = try records.uses(folder: folder)
        for use in uses where use.file == nil {
            // A disk that is there is the guest's own, whoever has made it.
            if use.kind != .medium && Files.size(use.path) != nil { continue }
            guard let template = templates[use.template] else { continue }
            let need = TemplateNeed(template: template, use: use)
            guard let copy = try records.copy(use.template, use.folder) else {
                _ = try stager.want(template, TemplatePlace(folder: use.folder))
                continue
            }
            if copy.state == .ready && !TemplateStager.isThere(copy) {
                _ = try stager.want(template, TemplatePlace(folder: use.folder))
            } else if copy.state == .ready, refused.withLock({ $0[use.path] }) != copy.changed {
                work.append(.make(need, copy))
            }
        }
        let now = Timestamp.now()
        for copy in try records.copies(in: folder) {
            let isDue =
                copy.effectiveState == .queued
                || copy.state == .failed && copy.nextAttempt.map { $0 <= now } ?? false
            guard isDue, let template = templates[copy.template] else { continue }
            // A guest's definition may have changed its mind meanwhile.
            if template.isRegistered || uses.contains(where: { $0.isOf(copy) }) {
                work.append(.stage(template, folder: copy.folder))
            }
        }
        return work
    }

    /// Begins what is not begun.
    private func begin(_ work: Work, in group: inout DiscardingTaskGroup) {
        switch work {
        case .make(let need, let copy):
            if claim(need.use.path) { group.addTask { await self.make(need, copy) } }
        case .stage(let template, let folder):
            let key = TemplateRecords.copyKey(template.id, folder)
            if claim(key, atMost: limit()) { group.addTask { await self.stage(template, folder, key) } }
        }
    }

    /// - Returns: `false` where it is under way, or as much as may be.
    private func claim(_ key: String, atMost limit: Int? = nil) -> Bool {
        running.withLock { running in
            let copies = running.count { $0.hasPrefix(TemplateRecords.copyPrefix) }
            if let limit, copies >= limit { return false }
            return running.insert(key).inserted
        }
    }

    private func stage(_ template: TemplateRecord, _ folder: String, _ key: String) async {
        defer { running.withLock { _ = $0.remove(key) } }
        let what = "\(template.kind.rawValue) '\(template.name)'"
        let type = template.kind == .iso ? "ISO" : "TEMPLATE"
        do {
            if template.kind == .iso { try stager.state.makeMediaFolders() }
            let copy = try await stager.stage(template, in: folder)
            Counter(label: "hostler_templates_staged_total", dimensions: [("outcome", "ready")]).increment()
            logger.info("\(what) is staged at \(copy.path ?? folder)")
            note {
                try self.tell("\(type).DIRECT.DOWNLOAD.SUCCESS", .info, "\(what) is staged at \(copy.path ?? folder)")
            }
        } catch let error as DownloadError where error.code == .cancelled {
            // The next daemon goes on where this one stopped.
            logger.info("\(what): \(error.message)")
        } catch {
            let sentence = GuestWatch.sentence(error)
            note {
                // What failed before it was begun is not tried again at once either.
                try self.stager.records.changeIfPresent(template.id, folder) { copy in
                    if copy.effectiveState == .queued { copy.giveUp(sentence) }
                }
            }
            Counter(label: "hostler_templates_staged_total", dimensions: [("outcome", "failed")]).increment()
            logger.warning("\(what) could not be staged into \(folder): \(sentence)")
            note {
                try self.tell("\(type).DIRECT.DOWNLOAD.FAILURE", .error, "\(what) could not be staged: \(sentence)")
            }
        }
    }

    private func make(_ need: TemplateNeed, _ copy: TemplateCopy) async {
        defer { running.withLock { _ = $0.remove(need.use.path) } }
        let files = files
        do {
            if try await offPool({ try files.make(need, of: copy) }) {
                logger.info("guest \(need.use.guestName): \(need.use.path) is made of '\(need.template.name)'")
            }
            refused.withLock { $0[need.use.path] = nil }
        } catch {
            refused.withLock { $0[need.use.path] = copy.changed }
            let sentence = "\(need.use.path) cannot be made: \(GuestWatch.sentence(error))"
            logger.warning("guest \(need.use.guestName): \(sentence)")
            note {
                try self.log.append(
                    GuestEvent(
                        time: Timestamp.now(),
                        uuid: need.use.guest,
                        guest: need.use.guestName,
                        type: "VOLUME.CREATE",
                        source: .hostler,
                        level: .error,
                        text: sentence
                    )
                )
            }
        }
    }

    private func tell(_ type: String, _ level: GuestEvent.Level, _ text: String) throws {
        try log.append(GuestEvent(time: Timestamp.now(), type: type, source: .hostler, level: level, text: text))
    }

    private func note(_ body: () throws -> Void) {
        do { try body() } catch {
            logger.error("what became of a template cannot be kept: \(GuestWatch.sentence(error))")
        }
    }
}
