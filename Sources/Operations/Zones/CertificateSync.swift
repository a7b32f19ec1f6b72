package import Provisioning
package import StateStore

/// Where a host keeps what it trusts: a seam.
package protocol CertificateInstaller: Sendable {
    /// Makes the host trust `contents` and nothing else of ours.
    ///
    /// - Returns: what was not as it should be.
    func install(_ contents: TrustStore.Contents) throws -> TrustStore.Drift

    /// Waits until nobody else works on what this installs; `nil` where nobody else can.
    func lock() throws -> FileLock?
}

extension CertificateInstaller {
    package func lock() throws -> FileLock? { nil }
}

/// The trust store folder, and the system's where that is wanted.
package struct HostTrust: CertificateInstaller {
    let store: TrustStore
    let system: SystemTrust?
    /// Takes out what was put into the system's while that was wanted.
    private let formerSystem: SystemTrust?

    /// - Parameter leavesSystem: whether what the system trusts is not ours to say.
    package init(
        folder: String,
        usesSystem: Bool,
        leavesSystem: Bool = false,
        system: SystemTrust = SystemTrust()
    ) {
        store = TrustStore(folder: folder)
        self.system = usesSystem && !leavesSystem ? system : nil
        formerSystem = usesSystem || leavesSystem ? nil : system
    }

    package func install(_ contents: TrustStore.Contents) throws -> TrustStore.Drift {
        let drift = try store.make(contents)
        try system?.make(contents)
        try formerSystem?.make([:])
        return drift
    }

    package func lock() throws -> FileLock? { try store.lock() }
}

/// One host's part: makes it have what its zone has, and writes down how that went. What is on the host's disk is looked at,
/// not what was once written down.
package struct CertificateSync: Sendable {
    package struct Report: Sendable, Equatable {
        /// Aliases that this pass has put in or changed, taken out, and failed with.
        package var installed: [String] = []
        package var removed: [String] = []
        package var failed: [String] = []
        package var error: String?
        /// Whether the store was not as the last pass had left it.
        package var wasRepaired = false
        /// Certificates that expire soon, or have: alias, subject, and when, in milliseconds since 1970.
        package var expiring: [Expiring] = []
        /// The same of all certificates that this host is to have.
        package var wanted: [Expiring] = []
        /// When the next attempt is due, where one has failed.
        package var nextAttempt: Int?
        /// The revisions of the state with which this pass has said how it went.
        package var revisions: Set<Int64> = []
    }

    package struct Expiring: Sendable, Equatable {
        package let alias: String
        package let subject: String
        package let notAfter: Int
    }

    private let store: StateStore
    private let zone: String
    private let host: String
    private let installer: any CertificateInstaller
    /// In milliseconds.
    private let warning: Int
    private let clock: @Sendable () -> Int
    /// Between attempts, in milliseconds: the first, doubled each time up to the last.
    private static let pauses = (first: 5_000, last: 900_000)

    /// - Parameters:
    ///   - warning: how long before its end a certificate is warned about, in milliseconds.
    ///   - clock: milliseconds since 1970.
    package init(
        store: StateStore,
        zone: String,
        host: String,
        installer: any CertificateInstaller,
        warning: Int = 30 * 86_400_000,
        clock: @escaping @Sendable () -> Int = Timestamp.now
    ) {
        self.store = store
        self.zone = zone
        self.host = host
        self.installer = installer
        self.warning = warning
        self.clock = clock
    }

    /// The time until the next attempt, in milliseconds.
    package static func pause(afterAttempts attempts: Int) -> Int {
        min(pauses.first << min(max(attempts - 1, 0), 16), pauses.last)
    }

    /// Does all that is due, after whoever else is at it, in this process or another.
    ///
    /// - Parameter isAsked: whether somebody waits for it. Else what has failed is left alone until its next attempt is due,
    ///   unless there is something else to do: all of it is installed at once.
    /// - Throws: where the state cannot be read or written. What fails on this host is in the report, and tried again.
    package func pass(isAsked: Bool = true) throws -> Report {
        let lock: FileLock?
        var problem: String?
        do { lock = try installer.lock() } catch {
            lock = nil
            problem = Self.sentence(error)
        }
        // What is wanted is read with the lock held, so that nothing old takes the place of what another pass has installed.
        return try withExtendedLifetime(lock) { try pass(isAsked, problem) }
    }

    /// What this host is to have of a certificate, and has.
    private struct Entry {
        let record: CertificateRecord
        let old: HostCertificate?
        let isWanted: Bool
        let certificates: [X509Certificate]
        let fingerprints: [String]

        /// Whether it was as wanted after the last pass.
        var isDone: Bool {
            isWanted ? old?.status == .uploaded && old?.fingerprints == fingerprints : old?.status == .revoked
        }

        func isWaiting(_ now: Int) -> Bool {
            guard let old, old.status == .failed else { return false }
            // No pause is longer, unless the clock was set back.
            return old.nextAttempt > now && old.nextAttempt <= now + pauses.last
        }
    }

    private func pass(_ isAsked: Bool, _ lockProblem: String?) throws -> Report {
        let now = clock()
        let entries = try entries()
        var report = Report()
        for entry in entries {
            report.wanted += entry.certificates.map {
                Expiring(alias: entry.record.alias, subject: $0.subject, notAfter: $0.notAfter)
            }
        }
        report.expiring = report.wanted.filter { $0.notAfter < now + warning }
        let waiting = entries.filter { $0.isWaiting(now) }
        if !isAsked && !waiting.isEmpty && entries.allSatisfy({ $0.isDone || $0.isWaiting(now) }) {
            report.failed = waiting.map(\.record.alias)
            report.error = waiting.lazy.compactMap { $0.old?.lastError }.first
            report.nextAttempt = waiting.compactMap { $0.old?.nextAttempt }.min()
            return report
        }
        report.error = lockProblem ?? install(entries, &report)
        for entry in entries {
            let new = Self.next(entry, report.error, now)
            if let due = new.status == .failed ? new.nextAttempt : nil {
                report.nextAttempt = min(report.nextAttempt ?? due, due)
            }
            Self.note(entry.record.alias, entry.old, new, &report)
            if new != entry.old, let revision = try write(entry, new) { report.revisions.insert(revision) }
        }
        return report
    }

    private func entries() throws -> [Entry] {
        let registry = CertificateRegistry(store: store)
        return try registry.of(zone: zone).map { record in
            let old = try registry.hosts(of: record)[host]
            // One that was uploaded while this host was not there is wanted here too.
            let isWanted = !record.isRevoked && (old?.isWanted ?? true)
            let certificates = isWanted ? try record.certificates() : []
            return Entry(
                record: record,
                old: old,
                isWanted: isWanted,
                certificates: certificates,
                fingerprints: certificates.map(\.fingerprint)
            )
        }
    }

    /// - Returns: what is in the way.
    private func install(_ entries: [Entry], _ report: inout Report) -> String? {
        var wanted: TrustStore.Contents = [:]
        for entry in entries where entry.isWanted { wanted[entry.record.alias] = entry.certificates }
        do {
            let drift = try installer.install(wanted)
            report.wasRepaired = entries.contains {
                $0.isWanted && $0.isDone && drift.missing.contains($0.record.alias)
            }
            return nil
        } catch {
            return Self.sentence(error)
        }
    }

    private static func sentence(_ error: any Error) -> String {
        OperationError(wrapping: error)?.message ?? "\(error)"
    }

    private static func note(_ alias: String, _ old: HostCertificate?, _ new: HostCertificate, _ report: inout Report) {
        if new.status == .failed { return report.failed.append(alias) }
        if new.status == old?.status && new.fingerprints == old?.fingerprints { return }
        if new.status == .uploaded { report.installed.append(alias) }
        if new.status == .revoked && old?.status == .uploaded { report.removed.append(alias) }
    }

    /// What is to be written down.
    private static func next(_ entry: Entry, _ problem: String?, _ now: Int) -> HostCertificate {
        var state = entry.old ?? HostCertificate(isWanted: entry.isWanted, status: .pending, since: now)
        let status: HostCertificate.Status
        if let problem, entry.isWanted || !entry.isDone {
            status = .failed
            state.attempts += 1
            state.lastError = problem
            state.nextAttempt = now + pause(afterAttempts: state.attempts)
        } else {
            status = entry.isWanted ? .uploaded : .revoked
            (state.attempts, state.nextAttempt) = (0, 0)
            state.lastError = nil
            state.fingerprints = entry.fingerprints
        }
        if state.status != status { state.since = now }
        state.status = status
        return state
    }

    /// Not where somebody has changed meanwhile what is wanted, or has deleted it: the next pass is about that.
    ///
    /// - Returns: the revision of the state with it.
    private func write(_ entry: Entry, _ new: HostCertificate) throws -> Int64? {
        let key = CertificateRegistry.hostKey(zone, entry.record.id, host)
        let known = try store.get(key)
        let current: HostCertificate? = try known.map { try Stored.decode($0.value, key) }
        if current != entry.old { return nil }
        let response = try store.transaction(
            compare: [
                .modRevision(key, .equal, known?.modRevision ?? 0),
                .modRevision(CertificateRegistry.key(zone, entry.record.id), .notEqual, 0),
            ],
            success: [.put(key, try Stored.encode(new))]
        )
        return response.succeeded ? response.revision : nil
    }

    // MARK: Changes

    /// Begins all keys that ``isNews(_:zone:host:)`` may be about.
    package static let watchedPrefix = "certificate"

    /// Whether a change is about what a host is to have, and not about how that went.
    package static func isNews(_ event: WatchEvent, zone: String, host: String) -> Bool {
        if event.key.hasPrefix(CertificateRegistry.key(zone, "")) { return true }
        let prefix = CertificateRegistry.hostKey(zone, "", "").dropLast()
        guard case .put(let entry) = event, entry.key.hasPrefix(prefix), entry.key.hasSuffix("/" + host) else {
            return false
        }
        do {
            let state: HostCertificate = try Stored.decode(entry.value, entry.key)
            // Whoever asks for something counts from the beginning, and a failure never does.
            return state.attempts == 0
        } catch {
            // What is wrong with it is for the pass to say.
            return true
        }
    }
}
