import LibvirtClient
import Testing

@testable import Operations

@Suite("guest states")
struct GuestMachineTests {
    private static let uuid = "5e2f9a0c-3b60-4ee8-a3c4-8a0f2f4f2a11"

    /// What becomes of a guest that all this is said of, a second apart.
    private func fold(_ inputs: [GuestInput], from record: GuestRecord? = nil) -> (GuestRecord?, [String], Bool) {
        var record = record
        var types: [String] = []
        var needsCheck = false
        for (index, input) in inputs.enumerated() {
            let outcome = GuestMachine.apply(input, to: record, uuid: Self.uuid, name: "g", now: index * 1000)
            record = outcome.record
            types += outcome.events.map(\.type)
            needsCheck = outcome.needsCheck
        }
        return (record, types, needsCheck)
    }

    private static let defined = GuestInput.lifecycle(LifecycleEvent(.defined, "added"))
    private static let started = GuestInput.lifecycle(LifecycleEvent(.started, "booted"))
    private static let resumed = GuestInput.lifecycle(LifecycleEvent(.resumed, "unpaused"))
    private static let destroyed = GuestInput.lifecycle(LifecycleEvent(.stopped, "destroyed"))

    private static func hook(_ operation: String, _ extra: String = "-") -> GuestInput {
        .hook(operation: operation, extra: extra)
    }

    private static let hookStart = ["prepare", "start", "started"].map { hook($0) }
    private static let hookStop = [hook("stopped"), hook("release", "destroyed")]

    @Test("events alone tell a life")
    func events() {
        let (record, types, _) = fold([Self.defined, Self.resumed, Self.started, Self.destroyed])
        #expect(record?.state == .stopped && record?.reason == "destroyed")
        #expect(types == ["VM.CREATE", "VM.START", "VM.STOP"])
    }

    @Test("hooks alone tell a life")
    func hooks() {
        let (record, types, _) = fold(Self.hookStart + Self.hookStop)
        #expect(record?.state == .stopped && record?.reason == "destroyed")
        #expect(types == ["VM.PREPARE", "VM.PREPARE", "VM.START", "VM.STOP", "VM.STOP"])
    }

    @Test("both together tell it once, whichever comes first")
    func both() {
        let inputs = [Self.defined] + Self.hookStart + [Self.resumed, Self.started]
        #expect(fold(inputs).1 == ["VM.CREATE", "VM.PREPARE", "VM.PREPARE", "VM.START"])
        let (record, types, _) = fold(inputs + Self.hookStop + [Self.destroyed])
        #expect(record?.state == .stopped && record?.reason == "destroyed")
        #expect(types.suffix(2) == ["VM.STOP", "VM.STOP"])
    }

    @Test("the event of an end that comes when the next start has begun is not believed, but checked")
    func late() {
        let (record, _, needsCheck) = fold(
            [Self.defined] + Self.hookStart + Self.hookStop + [Self.hook("prepare"), Self.destroyed]
        )
        #expect(record?.state == .preparing)
        #expect(needsCheck)
    }

    @Test("libvirt, which has no process yet, is not believed of a guest that is being started; later it is")
    func patience() {
        let off = GuestInput.snapshot(DomainStatus(.shutOff, "destroyed"), isPersistent: true)
        for operation in ["prepare", "start", "migrate", "restore"] {
            let preparing = fold([Self.defined, Self.hook(operation)]).0
            let begin = preparing?.since ?? 0
            for input in [off, .absent] {
                let soon = GuestMachine.apply(input, to: preparing, uuid: Self.uuid, name: "g", now: begin + 1000)
                #expect(soon.record == preparing && soon.needsCheck)
                let patience = GuestMachine.patience(with: preparing)
                #expect(patience == (operation == "migrate" || operation == "restore" ? 60_000 : 2_000))
                let late = GuestMachine.apply(input, to: preparing, uuid: Self.uuid, name: "g", now: begin + patience)
                #expect(late.record?.state == (input == off ? .stopped : nil))
            }
        }
    }

    @Test("a start that was interrupted is still a start, and is not asked about for ever")
    func startingUp() {
        let stuck = GuestInput.snapshot(DomainStatus(.paused, "starting up"), isPersistent: true)
        for inputs in [
            [Self.defined, Self.hook("prepare")], [Self.defined, Self.hook("prepare"), Self.hook("start")],
        ] {
            let begun = fold(inputs).0
            let begin = begun?.since ?? 0
            let soon = GuestMachine.apply(stuck, to: begun, uuid: Self.uuid, name: "g", now: begin + 100)
            #expect(soon.record?.state == begun?.state && soon.needsCheck)
            let later = GuestMachine.apply(stuck, to: begun, uuid: Self.uuid, name: "g", now: begin + 4000)
            #expect(later.record?.state == .starting && later.needsCheck)
            let last = GuestMachine.apply(stuck, to: later.record, uuid: Self.uuid, name: "g", now: begin + 60_000)
            #expect(last.record?.state == .starting && !last.needsCheck)
        }
        let running = fold([Self.defined, Self.started]).0
        let restarted = GuestMachine.apply(stuck, to: running, uuid: Self.uuid, name: "g", now: 99_000)
        #expect(restarted.record?.state == .starting)
    }

    @Test("a transient guest is gone when it ends, an undefined one that runs when it ends")
    func transient() {
        let running = GuestInput.snapshot(DomainStatus(.running, "booted"), isPersistent: false)
        #expect(fold([running, Self.destroyed]).0 == nil)
        let undefined = GuestInput.lifecycle(LifecycleEvent(.undefined, "removed"))
        #expect(fold([Self.defined, Self.started, undefined]).0?.state == .running)
        #expect(fold([Self.defined, Self.started, undefined, Self.destroyed]).0 == nil)
        #expect(fold([Self.defined, undefined]).0 == nil)
        #expect(fold([Self.defined, .lifecycle(LifecycleEvent(.undefined, "renamed"))]).0?.state == .defined)
    }

    @Test("a pause says why, and the same pause is told once")
    func pause() {
        let pause = GuestInput.lifecycle(LifecycleEvent(.suspended, "I/O error"))
        let snapshot = GuestInput.snapshot(DomainStatus(.paused, DomainStatus.ioError), isPersistent: true)
        let (record, types, _) = fold([Self.defined, Self.started, pause, snapshot, snapshot])
        #expect(record?.state == .paused && record?.reason == DomainStatus.ioError)
        #expect(types == ["VM.CREATE", "VM.START", "VM.PAUSE"])
    }

    @Test("what is there for a guest is so since it first was, and is gone when it stops")
    func artefacts() {
        let iso = { HeldArtefact(role: "httpsisoboot", source: "https://a/b.iso", since: $0) }
        let (record, _, _) = fold([Self.defined, Self.started, .holds([iso(1)]), .holds([iso(2)])])
        #expect(record?.artefacts == [iso(1)])
        #expect(fold([Self.destroyed], from: record).0?.artefacts == [])
    }

    @Test("whatever is lost, doubled or late, libvirt's answer in the end is what is kept")
    func random() {
        var generator = Random(state: 42)
        let statuses = [
            DomainStatus(.running, "booted"), DomainStatus(.paused, "user"), DomainStatus(.shutOff, "destroyed"),
            DomainStatus(.shutdown, "user"), DomainStatus(.pmSuspended),
        ]
        let steps: [GuestInput] =
            Self.hookStart + Self.hookStop + [
                Self.defined, Self.started, Self.resumed, Self.destroyed, Self.hook("reconnect"), Self.hook("migrate"),
                .lifecycle(LifecycleEvent(.suspended, "paused")), .lifecycle(LifecycleEvent(.shutdown, "finished")),
                .lifecycle(LifecycleEvent(.undefined, "removed")), .rebooted,
                .ioError(IOErrorEvent(alias: "x", isPaused: true)),
            ]
        for _ in 0..<5000 {
            let story = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                steps[Int.random(in: 0..<steps.count, using: &generator)]
            }
            let record = fold(story).0
            let truth = statuses[Int.random(in: 0..<statuses.count, using: &generator)]
            let end = GuestMachine.apply(
                .snapshot(truth, isPersistent: true),
                to: record,
                uuid: Self.uuid,
                name: "g",
                now: 1_000_000
            )
            let expected: [GuestState] =
                switch truth.state {
                case .running: [.running]
                case .paused, .pmSuspended: [.paused]
                case .shutdown: [.stopping]
                default: [.stopped, .defined]
                }
            #expect(
                expected.contains(end.record?.state ?? .gone),
                "\(story) then \(truth): \(String(describing: end.record))"
            )
            let again = GuestMachine.apply(
                .snapshot(truth, isPersistent: true),
                to: end.record,
                uuid: Self.uuid,
                name: "g",
                now: 1_000_001
            )
            #expect(again.record == end.record && again.events.isEmpty)
        }
    }
}

/// The same each time (xorshift).
struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
