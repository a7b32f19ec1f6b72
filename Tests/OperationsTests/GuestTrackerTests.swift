import LibvirtClient
import StateStore
import Testing

@testable import Operations

@Suite("the guests' records")
struct GuestTrackerTests {
    private static let uuid = "5e2f9a0c-3b60-4ee8-a3c4-8a0f2f4f2a11"
    private static let running = DomainStatus(.running, "booted")
    private static let off = DomainStatus(.shutOff, "destroyed")

    private func withTracker(_ body: (GuestTracker, EventLog) async throws -> Void) async throws {
        try await withEventStore { store in
            let log = EventLog(store: store, keep: 3600)
            try await body(try GuestTracker(store: store, log: log), log)
        }
    }

    private func entry(_ status: DomainStatus) -> DomainEntry {
        DomainEntry(uuid: Self.uuid, name: "g", status: status, isPersistent: true)
    }

    private func tell(_ tracker: GuestTracker, _ event: LifecycleEvent) async throws {
        try await tracker.apply(.lifecycle(event), uuid: Self.uuid, name: "g")
    }

    @Test("a guest that is defined after libvirt made its list stays, and is asked about")
    func definedMeanwhile() async throws {
        try await withTracker { tracker, log async throws in
            let moment = await tracker.moment
            try await tell(tracker, LifecycleEvent(.defined, "added"))
            #expect(try await tracker.reconcile([], since: moment) == [Self.uuid])
            #expect(await tracker.record(Self.uuid)?.state == .defined)
            #expect(try await log.events().map(\.type) == ["VM.CREATE"])
            // Nothing has come since: this list is right.
            #expect(try await tracker.reconcile([], since: tracker.moment).isEmpty)
            #expect(await tracker.record(Self.uuid) == nil)
        }
    }

    @Test("a list does not let a guest run that has stopped since")
    func stoppedMeanwhile() async throws {
        try await withTracker { tracker, _ async throws in
            try await tell(tracker, LifecycleEvent(.started, "booted"))
            let moment = await tracker.moment
            try await tell(tracker, LifecycleEvent(.stopped, "destroyed"))
            #expect(try await tracker.reconcile([entry(Self.running)], since: moment) == [Self.uuid])
            #expect(await tracker.record(Self.uuid)?.state == .stopped)
        }
    }

    @Test("an answer about a guest is dropped as a whole where there was news since the question")
    func answer() async throws {
        try await withTracker { tracker, _ async throws in
            try await tell(tracker, LifecycleEvent(.started, "booted"))
            let inputs = [
                GuestInput.snapshot(Self.running, isPersistent: true),
                .holds([HeldArtefact(role: "configdrive", source: "/x", since: 0)]),
            ]
            let moment = await tracker.moment
            try await tell(tracker, LifecycleEvent(.stopped, "destroyed"))
            let late = try await tracker.answer(inputs, uuid: Self.uuid, name: "g", since: moment)
            #expect(!late.isTaken && late.needsCheck)
            #expect(await tracker.record(Self.uuid)?.state == .stopped)
            #expect(await tracker.record(Self.uuid)?.artefacts == [])
            let inTime = try await tracker.answer(inputs, uuid: Self.uuid, name: "g", since: tracker.moment)
            #expect(inTime.isTaken && !inTime.needsCheck)
            #expect(await tracker.record(Self.uuid)?.state == .running)
            #expect(await tracker.record(Self.uuid)?.artefacts.count == 1)
        }
    }

    @Test("an answer does not bring a guest back that is gone since, nor take away one that is there since")
    func gone() async throws {
        try await withTracker { tracker, _ async throws in
            try await tell(tracker, LifecycleEvent(.defined, "added"))
            let before = await tracker.moment
            try await tell(tracker, LifecycleEvent(.undefined, "removed"))
            let snapshot = GuestInput.snapshot(Self.off, isPersistent: true)
            #expect(try await !tracker.answer([snapshot], uuid: Self.uuid, name: "g", since: before).isTaken)
            #expect(await tracker.record(Self.uuid) == nil)
            let after = await tracker.moment
            try await tell(tracker, LifecycleEvent(.defined, "added"))
            #expect(try await !tracker.answer([.absent], uuid: Self.uuid, name: "g", since: after).isTaken)
            #expect(await tracker.record(Self.uuid) != nil)
        }
    }

    @Test("of two questions the older answer does not undo the newer one")
    func twoAnswers() async throws {
        try await withTracker { tracker, _ async throws in
            let moment = await tracker.moment
            let new = GuestInput.snapshot(Self.off, isPersistent: true)
            let old = GuestInput.snapshot(Self.running, isPersistent: true)
            #expect(try await tracker.answer([new], uuid: Self.uuid, name: "g", since: moment).isTaken)
            #expect(try await !tracker.answer([old], uuid: Self.uuid, name: "g", since: moment).isTaken)
        }
    }

    @Test("errors and restarts, however many, are no reason to drop an answer; news of another guest neither")
    func noNews() async throws {
        try await withTracker { tracker, _ async throws in
            try await tell(tracker, LifecycleEvent(.started, "booted"))
            let moment = await tracker.moment
            let error = IOErrorEvent(alias: "x", isPaused: false)
            try await tracker.apply(.ioError(error), uuid: Self.uuid, name: "g")
            try await tracker.apply(.rebooted, uuid: Self.uuid, name: "g")
            try await tracker.apply(.lifecycle(LifecycleEvent(.defined, "added")), uuid: "other", name: "o")
            let off = GuestInput.snapshot(Self.off, isPersistent: true)
            #expect(try await tracker.answer([off], uuid: Self.uuid, name: "g", since: moment).isTaken)
        }
    }

    @Test("very many guests that come and go are forgotten, and answers from before are not believed")
    func forgotten() async throws {
        try await withTracker { tracker, _ async throws in
            let moment = await tracker.moment
            for number in 0...10_000 {
                // No record comes of it, and nothing is written.
                try await tracker.apply(.hook(operation: "attach", extra: ""), uuid: "\(number)", name: "g")
            }
            let snapshot = GuestInput.snapshot(Self.off, isPersistent: true)
            #expect(try await !tracker.answer([snapshot], uuid: "0", name: "g", since: moment).isTaken)
            #expect(try await tracker.answer([snapshot], uuid: "0", name: "g", since: tracker.moment).isTaken)
        }
    }

    @Test("what repeats itself is written in the end")
    func repeats() async throws {
        try await withTracker { tracker, log async throws in
            try await tell(tracker, LifecycleEvent(.started, "booted"))
            for _ in 0..<5 { try await tracker.apply(.rebooted, uuid: Self.uuid, name: "g") }
            #expect(try await log.events().map(\.type) == ["VM.START", "VM.REBOOT"])
            try await tracker.writeRepeats(all: true)
            #expect(try await log.events().last?.text == "restarted, 5 times in the last minute")
        }
    }
}
