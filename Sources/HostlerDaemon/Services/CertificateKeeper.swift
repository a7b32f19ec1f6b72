internal import Foundation
package import Logging
package import Metrics
package import Operations
internal import ServiceLifecycle
package import StateStore

/// Keeps this host's trust store as its zone wants it: now and then, at each change, and again where it failed.
package actor CertificateKeeper: Service {
    private let store: StateStore
    private let host: HostRecord
    private let log: EventLog
    private let logger: Logger
    private let metrics: any MetricsFactory
    private let settings: @Sendable () -> Settings
    private let installer: @Sendable (Settings) -> any CertificateInstaller
    /// Warned about once a day.
    private var warned: [String: Int] = [:]
    private var lastError: String?
    /// Those with a metric.
    private var measured: Set<String> = []

    /// One pass at a time: whether there is one, and who waits for its end.
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// How many passes have begun, and the last of those that somebody asked for.
    private var (begun, lastAsked) = (0, 0)
    private var nextAttempt: Int?
    private var due = ContinuousClock.now
    /// Failures one after the other that are no certificate's, so that none has its next attempt written down.
    private var failures = 0
    /// Changes of the state that passes have made themselves, until the watch has seen them.
    private var ownRevisions: Set<Int64> = []

    package struct Settings: Sendable {
        package let folder: String
        package let usesSystem: Bool
        package let interval: Duration
        /// In milliseconds.
        package let warning: Int
    }

    package init(
        store: StateStore,
        host: HostRecord,
        log: EventLog,
        logger: Logger,
        metrics: any MetricsFactory = MetricsSystem.factory,
        installer: @escaping @Sendable (Settings) -> any CertificateInstaller = {
            HostTrust(folder: $0.folder, usesSystem: $0.usesSystem)
        },
        settings: @escaping @Sendable () -> Settings
    ) {
        self.store = store
        self.host = host
        self.log = log
        self.logger = logger
        self.metrics = metrics
        self.installer = installer
        self.settings = settings
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.passNowAndThen() }
                group.addTask { await self.passAtChanges() }
            }
        }
    }

    private func passNowAndThen() async {
        while !Task.isCancelled {
            let now = ContinuousClock.now
            if due <= now { await pass(isAsked: false) }
            // In short steps, since a pass that others ask for changes when the next one is due.
            do { try await Task.sleep(for: min(max(due - now, .milliseconds(10)), .seconds(1))) } catch { return }
        }
    }

    /// Changes that another process of this host, or another host, has made.
    private func passAtChanges() async {
        while !Task.isCancelled {
            do {
                let watch = try store.watch(prefix: CertificateSync.watchedPrefix)
                // For what has changed while nobody watched.
                await pass(isAsked: false)
                for try await response in watch { await take(response) }
            } catch {
                logger.warning("changes of certificates are not seen: \(GuestWatch.sentence(error))")
                do { try await Task.sleep(for: .seconds(5)) } catch { return }
            }
        }
    }

    private func take(_ response: WatchResponse) async {
        // A pass that is not over may have made the change.
        await begin()
        let own = ownRevisions
        ownRevisions = own.filter { $0 > response.revision }
        end()
        let news = response.events.filter {
            !own.contains($0.modRevision) && CertificateSync.isNews($0, zone: host.zone, host: host.id)
        }
        if news.isEmpty { return }
        // Of a certificate that was deleted, nothing is left that would be due.
        let hasDeletion = news.contains { if case .delete = $0 { true } else { false } }
        await pass(isAsked: hasDeletion)
    }

    // MARK: One pass at a time

    /// Makes a pass, or waits for one that begins after this call; passes never overlap.
    ///
    /// - Parameter isAsked: whether somebody waits for it. Else what has failed is left alone until it is due.
    /// - Returns: when the next attempt is due, where one has failed.
    @discardableResult
    package func pass(isAsked: Bool = true) async -> Int? {
        let before = begun
        await begin()
        defer { end() }
        if (isAsked ? lastAsked : begun) > before { return nextAttempt }
        begun += 1
        if isAsked { lastAsked = begun }
        await passAlone(isAsked)
        return nextAttempt
    }

    private func begin() async {
        if !isBusy {
            isBusy = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Hands over to the first that waits.
    private func end() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }

    private func passAlone(_ isAsked: Bool) async {
        let settings = settings()
        let sync = CertificateSync(
            store: store,
            zone: host.zone,
            host: host.id,
            installer: installer(settings),
            warning: settings.warning
        )
        do {
            _ = try Zones(store: store).present(id: host.id, name: host.name, zone: host.zone)
            let report = try await Self.blocking { try sync.pass(isAsked: isAsked) }
            ownRevisions.formUnion(report.revisions)
            plan(settings, report.nextAttempt, hasFailed: report.error != nil)
            try tell(report)
        } catch {
            plan(settings, nil, hasFailed: true)
            logger.error("the certificates of the zone cannot be seen to: \(GuestWatch.sentence(error))")
        }
    }

    private func plan(_ settings: Settings, _ next: Int?, hasFailed: Bool) {
        let now = Timestamp.now()
        failures = hasFailed && next == nil ? failures + 1 : 0
        nextAttempt = failures > 0 ? now + CertificateSync.pause(afterAttempts: failures) : next
        var pause = settings.interval
        // Not sooner than in a second, whatever the clock says.
        if let nextAttempt { pause = min(pause, .milliseconds(max(nextAttempt - now, 1000))) }
        due = .now + pause
    }

    /// The disk, and `update-ca-certificates`, take their time.
    private static func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws
        -> Result
    {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Swift.Result(catching: body)) }
        }
    }

    private func tell(_ report: CertificateSync.Report) throws {
        measure(report)
        for alias in report.installed { try tell("CERTIFICATE.UPLOAD", .info, "certificate \(alias) is trusted now") }
        for alias in report.removed {
            try tell("CERTIFICATE.REVOKE", .info, "certificate \(alias) is not trusted any more")
        }
        if report.wasRepaired {
            try tell(
                "CERTIFICATE.REPAIR",
                .warn,
                "the trust store was changed by somebody else, and is as it should be again"
            )
        }
        if let error = report.error, error != lastError {
            let names = report.failed.joined(separator: ", ")
            try tell("CERTIFICATE.FAIL", .error, "the trust store cannot be made (\(names)): \(error)")
        }
        lastError = report.error
        let now = Timestamp.now()
        for expiring in report.expiring {
            let seconds = (expiring.notAfter - now) / 1000
            let key = "\(expiring.alias) \(expiring.notAfter)"
            if let last = warned[key], now - last < 86_400_000 { continue }
            warned[key] = now
            let date = Timestamp.text(expiring.notAfter).prefix(10)
            let verb = seconds < 0 ? "has expired" : "expires"
            try tell(
                "CERTIFICATE.EXPIRE",
                .warn,
                "certificate \(expiring.alias) (\(expiring.subject)) \(verb) on \(date)"
            )
        }
    }

    private func measure(_ report: CertificateSync.Report) {
        Gauge(label: "hostler_certificate_failures", factory: metrics).record(report.failed.count)
        let now = Timestamp.now()
        // Of a chain, what expires first.
        let ends = Dictionary(report.wanted.map { ($0.alias, $0.notAfter) }, uniquingKeysWith: min)
        for (alias, end) in ends { expiry(alias).record((end - now) / 1000) }
        for alias in measured.subtracting(ends.keys) { expiry(alias).destroy() }
        measured = Set(ends.keys)
    }

    private func expiry(_ alias: String) -> Gauge {
        Gauge(label: "hostler_certificate_expiry_seconds", dimensions: [("alias", alias)], factory: metrics)
    }

    private func tell(_ type: String, _ level: GuestEvent.Level, _ text: String) throws {
        logger.log(level: level == .info ? .info : level == .warn ? .warning : .error, "\(text)")
        try log.append(GuestEvent(time: Timestamp.now(), type: type, source: .hostler, level: level, text: text))
    }
}
