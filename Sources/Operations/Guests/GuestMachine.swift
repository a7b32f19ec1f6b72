package import LibvirtClient

/// What somebody says about a guest.
package enum GuestInput: Sendable, Equatable {
    /// libvirt's event.
    case lifecycle(LifecycleEvent)
    case ioError(IOErrorEvent)
    case rebooted
    /// A call of libvirt's hook: OPERATION, and EXTRA, which says since libvirt 10.5 why a guest is gone.
    case hook(operation: String, extra: String)
    /// What libvirt answers when it is asked.
    case snapshot(DomainStatus, isPersistent: Bool)
    /// libvirt, when it is asked, does not know it.
    case absent
    /// What its domain refers to; empty where nothing.
    case holds([HeldArtefact])
    /// What is being done about it, or what has failed.
    case note(String?)

    /// Whether it tells what the guest does now, so that libvirt's older answers about it are out of date.
    var isNews: Bool {
        switch self {
        case .lifecycle, .hook: true
        // Of errors and restarts there may be so many that no answer would ever count.
        case .ioError, .rebooted, .snapshot, .absent, .holds, .note: false
        }
    }

    /// Who says so, as the event log has it.
    package var source: GuestEvent.Source {
        switch self {
        case .lifecycle, .ioError, .rebooted, .snapshot, .absent: .libvirt
        case .hook: .hook
        case .holds, .note: .hostler
        }
    }
}

/// The rules by which a guest's state follows from what is said about it: no clock, no store, no libvirt.
///
/// Hooks and events come by different ways, so that one may overtake the other, and either may be missing:
/// - An answer of libvirt, a ``GuestInput/snapshot(_:isPersistent:)``, is the truth at its moment. Only the steps before
///   QEMU is there, which libvirt calls `shut off`, are left alone by it, for ``patience(with:)``.
/// - What contradicts the order of a guest's life is not believed at once: ``Outcome/needsCheck`` asks for a snapshot.
package enum GuestMachine {
    package struct Outcome: Sendable, Equatable {
        /// `nil` where nothing is to be kept of the guest.
        package var record: GuestRecord?
        package var events: [GuestEvent] = []
        /// Whether libvirt has to be asked soon, since what was said may be out of date.
        package var needsCheck = false
    }

    /// How long, in milliseconds, a guest may be on its way to its start before libvirt is believed that it is not.
    ///
    /// libvirt calls a guest active before it runs the hook `prepare` (qemuProcessInit), so what is left there is a moment.
    /// One that arrives it knows only after the hooks `migrate` and `restore`, which may have much to prepare.
    package static func patience(with record: GuestRecord?) -> Int { isArriving(record) ? 60_000 : 2_000 }

    private static func isArriving(_ record: GuestRecord?) -> Bool {
        record?.state == .preparing && arrivals.contains(record?.reason ?? "")
    }

    /// How long, in milliseconds, a guest may be starting before it is left to events to say how that ends.
    fileprivate static let startingUp = 10_000

    fileprivate static let migration = "incoming migration"
    fileprivate static let restoration = "restoring"
    private static let arrivals = [migration, restoration]

    /// - Parameters:
    ///   - now: milliseconds since 1970.
    ///   - uuid, name: of the guest, as the source says.
    package static func apply(
        _ input: GuestInput,
        to old: GuestRecord?,
        uuid: String,
        name: String,
        now: Int
    ) -> Outcome {
        var step = Step(old: old, uuid: uuid, name: name, now: now, source: input.source)
        switch input {
        case .lifecycle(let event): step.lifecycle(event)
        case .ioError(let error): step.ioError(error)
        case .rebooted: step.tell("VM.REBOOT", "restarted")
        case .hook(let operation, let extra): step.hook(operation, extra)
        case .snapshot(let status, let isPersistent): step.snapshot(status, isPersistent)
        case .absent: step.absent()
        case .holds(let artefacts): step.holds(artefacts)
        case .note(let note): step.record?.note = note
        }
        return Outcome(record: step.record, events: step.events, needsCheck: step.needsCheck)
    }
}

/// One application of the rules.
private struct Step {
    let old: GuestRecord?
    let uuid: String
    let name: String
    let now: Int
    let source: GuestEvent.Source
    var record: GuestRecord?
    var events: [GuestEvent] = []
    var needsCheck = false

    init(old: GuestRecord?, uuid: String, name: String, now: Int, source: GuestEvent.Source) {
        self.old = old
        self.uuid = uuid
        self.name = name
        self.now = now
        self.source = source
        record = old
        if record?.name != name { record?.name = name }
    }

    // MARK: What libvirt tells

    mutating func lifecycle(_ event: LifecycleEvent) {
        switch event.step {
        case .defined:
            if let record, record.state.isActive {
                self.record?.isPersistent = true
            } else if record == nil {
                enter(.defined, event.detail)
            } else {
                tell("VM.UPDATE", "its definition has changed")
            }
        case .undefined:
            // A rename is an `undefined` of the old name and a `defined` of the new one.
            if event.detail == "renamed" { return }
            if record?.state.isActive == true { record?.isPersistent = false } else { leave(event.detail) }
        case .started:
            // Where hooks have told of the start as well, this is the same one.
            if record?.state == .paused && isOnItsWay { needsCheck = true } else { enter(.running, event.detail) }
        case .suspended:
            let isLeaving = event.detail == "migrated" || event.detail == "post-copy"
            enter(isLeaving ? .migrating : .paused, event.detail)
        case .resumed:
            // QEMU lets a new guest's processors run before libvirt calls it started.
            if record?.state == .paused || record?.state == .migrating {
                enter(.running, event.detail)
            } else if record?.state != .running {
                enter(.running, "booted")
            }
        case .shutdown: if record?.state.isActive != false { enter(.stopping, event.detail) }
        case .stopped:
            // The next start may have begun already, and libvirt's hook is faster than its events.
            if record?.state == .preparing || record?.state == .starting, event.detail != "failed" {
                needsCheck = true
            } else {
                stop(event.detail)
            }
        case .pmsuspended: enter(.paused, "suspended by itself")
        case .crashed: enter(.paused, "crashed")
        }
    }

    mutating func ioError(_ error: IOErrorEvent) {
        let device = error.alias.isEmpty ? "a disk" : error.alias
        let why = error.reason.isEmpty ? "" : " (\(error.reason))"
        tell("VM.IOERROR", "I/O error on \(device)\(why)\(error.isPaused ? ", paused" : "")", level: .warn)
        // libvirt's own event of the pause follows, or has come before; some versions leave it out for a second error.
        if error.isPaused { needsCheck = true }
    }

    // MARK: What hooks tell

    mutating func hook(_ operation: String, _ extra: String) {
        switch operation {
        case "prepare": enter(.preparing, "")
        case "migrate": enter(.preparing, GuestMachine.migration)
        case "restore": enter(.preparing, GuestMachine.restoration)
        case "start": enter(.starting, "")
        case "started": if record?.state != .paused { enter(.running, "booted") }
        case "reconnect":
            // libvirt itself was restarted; what the guest does is for libvirt to say.
            if record?.state.isActive != true { enter(.running, "unknown") }
            needsCheck = true
        case "stopped":
            if record?.state != .stopped && record?.state != .gone { enter(.stopping, extra == "-" ? "" : extra) }
        case "release": stop(extra == "-" ? lastReason : extra)
        default: break
        }
    }

    /// Why it stops, where an event has said so before.
    private var lastReason: String {
        guard let record, [.stopping, .stopped].contains(record.state) else { return "" }
        return record.reason
    }

    // MARK: What libvirt answers

    mutating func snapshot(_ status: DomainStatus, _ isPersistent: Bool) {
        // Until libvirt has a process for it, it says `shut off` of a guest that is being started.
        if isOnItsWay && !status.isActive && now - (record?.since ?? 0) < GuestMachine.patience(with: record) {
            needsCheck = true
            return
        }
        if record?.isPersistent != isPersistent { record?.isPersistent = isPersistent }
        switch status.state {
        case .running, .blocked: enter(.running, status.reason)
        case .paused where status.reason == "migration": enter(.migrating, status.reason)
        case .paused where status.reason == "starting up":
            // QEMU is started with its processors stopped. It stays so where libvirtd was killed meanwhile.
            // While the hook makes its files libvirt gives no answer, so that this is soon over too.
            let isPreparing =
                record?.state == .preparing && now - (record?.since ?? 0) < GuestMachine.patience(with: record)
            if !isPreparing { enter(.starting, status.reason) }
            needsCheck = now - (record?.since ?? 0) < GuestMachine.startingUp
        case .paused: enter(.paused, status.reason)
        case .pmSuspended: enter(.paused, "suspended by itself")
        case .shutdown: enter(.stopping, status.reason)
        case .crashed where status.isActive: enter(.paused, "crashed")
        case .shutOff, .crashed, .noState:
            if record == nil || record?.state == .gone {
                enter(.defined, status.reason)
            } else if record?.state != .defined {
                stop(status.reason)
            }
        }
        if record?.isPersistent != isPersistent { record?.isPersistent = isPersistent }
    }

    mutating func absent() {
        // One that is on its way here is known to libvirt only when it has arrived.
        if isOnItsWay && now - (record?.since ?? 0) < GuestMachine.patience(with: record) {
            needsCheck = true
        } else {
            leave("not known to libvirt")
        }
    }

    private var isOnItsWay: Bool { record.map { [.preparing, .starting].contains($0.state) } ?? false }

    // MARK: Steps

    mutating func holds(_ artefacts: [HeldArtefact]) {
        guard let record else { return }
        // What it had already it has since then.
        self.record?.artefacts = artefacts.map { new in
            record.artefacts.first { $0.role == new.role && $0.source == new.source } ?? new
        }
    }

    mutating func stop(_ reason: String) {
        guard let record else {
            // Of a guest that was never seen to run, it is only known that it does not.
            return enter(.stopped, reason)
        }
        if !record.isPersistent { return leave(reason) }
        // The second source says why, where the first did not know.
        let known = record.state == .stopped && reason.isEmpty ? record.reason : reason
        enter(.stopped, known)
        self.record?.artefacts = []
        self.record?.note = nil
    }

    mutating func leave(_ reason: String) {
        guard record != nil else { return }
        tell("VM.DESTROY", "gone\(reason.isEmpty ? "" : " (\(reason))")")
        record = nil
    }

    /// Goes over to `state`; where it is there already, at most the reason becomes known.
    mutating func enter(_ state: GuestState, _ reason: String) {
        guard var new = record else {
            record = GuestRecord(uuid: uuid, name: name, state: state, reason: reason, since: now)
            return tell(state)
        }
        if new.state == state {
            let isBetter = !reason.isEmpty && reason != "unknown" && new.reason != reason
            // A reason is told once: `unpaused` after `booted` is no news for who looks at a guest that runs.
            if isBetter && (new.reason.isEmpty || new.reason == "unknown" || state == .paused) {
                new.reason = reason
                record = new
            }
            return
        }
        (new.state, new.reason, new.since) = (state, reason, now)
        if state == .running { new.note = nil }
        record = new
        tell(state)
    }

    private mutating func tell(_ state: GuestState) {
        let type =
            switch state {
            case .defined: "VM.CREATE"
            case .preparing, .starting: "VM.PREPARE"
            case .running: old?.state == .paused ? "VM.RESUME" : "VM.START"
            case .paused: "VM.PAUSE"
            case .stopping, .stopped: "VM.STOP"
            case .migrating: "VM.MIGRATE"
            case .gone: "VM.DESTROY"
            }
        let reason = record?.reason ?? ""
        let isKnown = !reason.isEmpty && reason != "unknown"
        tell(type, isKnown ? "\(state.rawValue) (\(reason))" : state.rawValue, level: level(state, reason))
    }

    private func level(_ state: GuestState, _ reason: String) -> GuestEvent.Level {
        if reason == "crashed" || reason == "failed" { return .error }
        return state == .paused && reason == DomainStatus.ioError ? .warn : .info
    }

    mutating func tell(_ type: String, _ text: String, level: GuestEvent.Level = .info) {
        events.append(
            GuestEvent(
                time: now,
                uuid: uuid,
                guest: record?.name ?? name,
                type: type,
                state: record?.state,
                source: source,
                level: level,
                text: text
            )
        )
    }
}
