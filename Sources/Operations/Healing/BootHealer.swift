internal import LibvirtClient

/// Brings back a guest that QEMU has paused since the server of its boot ISO did not answer: waits until the ISO can be
/// read again, and resumes it. A guest that is paused for another reason is never resumed.
package struct BootHealer: Sendable {
    /// What is remembered of a guest that was resumed, in case that its server fails again at once.
    package struct Memory: Sendable, Equatable {
        /// When its trouble began, and when it was resumed last.
        var began: ContinuousClock.Instant
        var resumed: ContinuousClock.Instant
        var pause: Duration
    }

    let host: any HealingHost
    let probe: any HealingProbe
    /// Asked anew each time, since the configuration may change meanwhile.
    let policy: @Sendable () -> HealingPolicy
    /// Waits, unless the task is cancelled.
    let sleep: @Sendable (Duration) async throws -> Void
    let now: @Sendable () -> ContinuousClock.Instant

    package init(
        host: any HealingHost,
        probe: any HealingProbe,
        policy: @autoclosure @escaping @Sendable () -> HealingPolicy,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.host = host
        self.probe = probe
        self.policy = policy
        self.sleep = sleep
        self.now = now
    }

    /// - Parameters:
    ///   - memory: what the last call for this guest has left.
    ///   - progress: is told what is wrong, one sentence, whenever that changes.
    /// - Throws: `CancellationError`, and what the host throws that is not about the guest being gone.
    package func heal(
        _ uuid: String,
        memory: inout Memory?,
        progress: @Sendable (String) async -> Void = { _ in }
    ) async throws -> HealingOutcome {
        let start = now()
        if let old = memory, start - old.resumed > policy().stableAfter { memory = nil }
        let began = memory?.began ?? start
        var pause = memory?.pause ?? policy().firstPause
        // A server that fails right after each resumption gets its time as well.
        if memory != nil { try await wait(&pause) }
        var told: String?
        while true {
            guard try await isPausedByError(uuid) else { return .overtaken }
            guard let medium = try await host.brokenMedium(of: uuid) else { return .notOurs }
            if let refusal = Self.refusal(medium) { return .refused(refusal) }
            let isOver = now() - began >= policy().giveUp
            guard let problem = await probe.problem(with: medium) else {
                // It answers us, and fails the guest each time.
                if isOver && memory != nil {
                    memory = nil
                    return .gaveUp("its server answers, but reads fail again and again")
                }
                // Somebody may have been faster while the server was asked.
                guard try await isPausedByError(uuid) else { return .overtaken }
                try await host.resume(uuid)
                memory = Memory(began: began, resumed: now(), pause: pause)
                return .resumed
            }
            if isOver {
                memory = nil
                return .gaveUp(problem)
            }
            if problem != told { await progress(problem) }
            told = problem
            try await wait(&pause)
        }
    }

    private func wait(_ pause: inout Duration) async throws {
        // Not all guests of a server at once.
        try await sleep(pause * Double.random(in: 0.8...1.2))
        pause = min(pause * 2, policy().longestPause)
    }

    private func isPausedByError(_ uuid: String) async throws -> Bool {
        guard let status = try await host.status(of: uuid) else { return false }
        return status.state == .paused && status.reason == DomainStatus.ioError
    }

    private static func refusal(_ medium: BrokenMedium) -> String? {
        if !medium.others.isEmpty {
            return
                "\(medium.others.joined(separator: ", ")) has met an I/O error too, which is not for Hostler to judge; "
                + "resume it (virsh resume) when that is mended"
        }
        // QEMU aborts when it repeats a read of an AHCI cdrom (hw/ide/atapi.c, seen with 7.2).
        if medium.bus == "sata" {
            return "its cdrom is on the sata bus, where QEMU does not survive the repetition of a read; "
                + "restart it (virsh reset, then virsh resume)"
        }
        return nil
    }
}
