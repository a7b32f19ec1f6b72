import Foundation
import LibvirtClient
import Logging
import Operations
import StateStore
import Synchronization
import TestSupport
import Testing

@testable import HostlerDaemon

@Suite("the watch over the guests")
struct GuestWatchTests {
    private static let uuid = "5e2f9a0c-3b60-4ee8-a3c4-8a0f2f4f2a11"

    @Test("a guest that is defined while libvirt lists its guests is kept, and asked about")
    func definedMeanwhile() async throws {
        try await withWatch { world async throws in
            world.libvirt.entries = {
                // The list is made; only then it is defined.
                try await world.happens(.lifecycle(LifecycleEvent(.defined, "added"))) { $0 != nil }
                world.libvirt.entries = { [world.entry(DomainStatus(.shutOff))] }
                return []
            }
            world.libvirt.guest = { _ in (world.entry(DomainStatus(.shutOff)), nil) }
            world.connect()
            try await world.becomes { _ in world.libvirt.questions > 0 }
            #expect(try await world.log.events().map(\.type) == ["VM.CREATE"])
            #expect(await world.tracker.record(Self.uuid)?.state == .defined)
        }
    }

    @Test("a guest that stops while libvirt is asked about it does not run again, and is asked about again")
    func stoppedMeanwhile() async throws {
        try await withWatch { world async throws in
            world.libvirt.guest = { _ in (world.entry(DomainStatus(.running, "booted")), nil) }
            try await world.happens(.lifecycle(LifecycleEvent(.started, "booted"))) { $0?.state == .running }
            try await world.becomes { _ in world.libvirt.questions == 1 }
            let asked = world.libvirt.questions
            world.libvirt.guest = { _ in
                // libvirt has said that it runs; only then it stops.
                try await world.happens(.lifecycle(LifecycleEvent(.stopped, "destroyed"))) { $0?.state == .stopped }
                world.libvirt.guest = { _ in (world.entry(DomainStatus(.shutOff, "destroyed")), nil) }
                return (world.entry(DomainStatus(.running, "booted")), nil)
            }
            await world.watch.refresh(Self.uuid)
            #expect(await world.tracker.record(Self.uuid)?.state == .stopped)
            try await world.becomes { _ in world.libvirt.questions >= asked + 2 }
            #expect(await world.tracker.record(Self.uuid)?.state == .stopped)
            #expect(try await world.log.events().map(\.type) == ["VM.START", "VM.STOP"])
        }
    }

    @Test("a list that fails after a connection is asked for again, with all that follows from it")
    func listAgain() async throws {
        try await withWatch { world async throws in
            let tries = Mutex(0)
            world.libvirt.entries = {
                if tries.withLock({ number in
                    number += 1; return number
                }) < 4 {
                    throw Broken()
                }
                return [world.entry(DomainStatus(.shutOff))]
            }
            world.connect()
            try await world.becomes { $0?.state == .defined }
            #expect(tries.withLock { $0 } == 4)
            // Asked only where definitions are looked at.
            try await world.becomes { _ in world.looks > 0 }
        }
    }

    @Test("a guest that libvirt does not answer about is asked about again, and ever more seldom")
    func guestAgain() async throws {
        try await withWatch { world async throws in
            world.libvirt.guest = { _ in throw Broken() }
            world.connect()
            world.watch.check(Self.uuid)
            let start = ContinuousClock.now
            try await world.becomes { _ in world.libvirt.questions == 6 }
            // 10, 20, 40, then 80 ms apart, with 5 ms before each.
            #expect(ContinuousClock.now - start >= .milliseconds(10 + 20 + 40 + 80 + 80))
            world.libvirt.guest = { _ in (world.entry(DomainStatus(.running, "booted")), nil) }
            try await world.becomes { $0?.state == .running }
        }
    }

    @Test("while libvirt cannot be reached nobody is asked about; after it, everybody")
    func disconnected() async throws {
        try await withWatch { world async throws in
            world.libvirt.guest = { _ in throw Broken() }
            world.libvirt.entries = { throw Broken() }
            world.connect()
            world.watch.check(Self.uuid)
            try await world.becomes { _ in world.libvirt.questions > 0 }
            world.tell(.disconnected("gone"))
            try await world.becomes { _ in world.isIdle }
            // What waited then may still be tried, later on a busy machine; then nobody asks for longer than any pause.
            var asked = -1
            for _ in 0..<20 where asked != world.libvirt.questions {
                asked = world.libvirt.questions
                try await Task.sleep(for: .milliseconds(500))
            }
            #expect(world.libvirt.questions == asked)
            world.libvirt.entries = { [world.entry(DomainStatus(.shutOff))] }
            world.connect()
            try await world.becomes { $0?.state == .defined }
        }
    }

    @Test("what repeats itself is told of when the daemon stops")
    func repeats() async throws {
        try await withWatch { world async throws in
            world.libvirt.guest = { _ in (world.entry(DomainStatus(.running, "booted")), nil) }
            try await world.happens(.lifecycle(LifecycleEvent(.defined, "added"))) { $0 != nil }
            for _ in 0..<3 { world.tell(.domain(DomainEvent(uuid: Self.uuid, name: "g", kind: .rebooted))) }
            // Events are taken in one after the other.
            try await world.happens(.lifecycle(LifecycleEvent(.started, "booted"))) { $0?.state == .running }
            for _ in 0..<3 { world.tell(.domain(DomainEvent(uuid: Self.uuid, name: "g", kind: .rebooted))) }
            try await world.becomes { _ in world.isIdle }
        } afterwards: { world async throws in
            #expect(
                try await world.log.events().filter { $0.type == "VM.REBOOT" }.map(\.text) == [
                    "restarted", "restarted, 3 times in the last minute",
                    "restarted", "restarted, 3 times in the last minute",
                ]
            )
        }
    }

    private func withWatch(
        _ body: (World) async throws -> Void,
        afterwards: (World) async throws -> Void = { _ in }
    ) async throws {
        try await withStateStore { store in
            let world = try World(store)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await world.watch.run() }
                try await body(world)
                group.cancelAll()
                try await group.waitForAll()
            }
            try await afterwards(world)
        }
    }

    private struct Broken: Error {}
}

/// A watch over a guest of a libvirt that answers as it is told.
private final class World: Sendable {
    let libvirt = FakeLibvirt()
    let log: EventLog
    let tracker: GuestTracker
    let watch: GuestWatch
    private let queue: AsyncStream<EventSession.Event>.Continuation
    private let looked: Looks
    private let told = Mutex(0)

    /// How often it was asked whether definitions are looked at.
    var looks: Int { looked.count.withLock { $0 } }

    init(_ store: StateStore) throws {
        log = EventLog(store: store, keep: 3600)
        tracker = try GuestTracker(store: store, log: log)
        let (events, queue) = AsyncStream.makeStream(of: EventSession.Event.self)
        self.queue = queue
        let looked = Looks()
        self.looked = looked
        let (libvirt, nobody) = (libvirt, LibvirtWorker(uri: "none:///"))
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        watch = GuestWatch(
            libvirt: GuestWatch.Libvirt(
                events: { body in
                    for await event in events {
                        await body(event)
                        looked.taken.withLock { $0 += 1 }
                    }
                },
                entries: { try await libvirt.entries() },
                guest: { try await libvirt.ask($0) }
            ),
            tracker: tracker,
            healing: HealingService(healer: BootHealer(host: Nobody(), probe: Nobody(), policy: HealingPolicy())) {
                _,
                _ in
            },
            applier: AutoApply(
                worker: nobody,
                files: GuestFiles(state: HostState(folder: "/nonexistent"), records: TemplateRecords(store: store)),
                log: log,
                logger: logger
            ),
            releaser: ArtefactRelease(
                worker: nobody,
                state: HostState(folder: "/nonexistent"),
                delay: { .seconds(3600) },
                logger: logger
            ),
            settings: GuestWatch.Settings(
                reconcileInterval: { .seconds(3600) },
                isHealing: { false },
                isApplying: {
                    looked.count.withLock { $0 += 1 }
                    return false
                }
            ),
            pauses: GuestWatch.Pauses(
                check: .milliseconds(5),
                firstRetry: .milliseconds(10),
                longestRetry: .milliseconds(80)
            ),
            logger: logger
        )
    }

    func tell(_ event: EventSession.Event) {
        told.withLock { $0 += 1 }
        queue.yield(event)
    }

    /// Whether all events are taken in.
    var isIdle: Bool { told.withLock { $0 } == looked.taken.withLock { $0 } }
    func connect() { tell(.connected) }

    /// libvirt's event comes, and is taken in.
    func happens(_ kind: DomainEvent.Kind, until isSo: @escaping @Sendable (GuestRecord?) -> Bool) async throws {
        tell(.domain(DomainEvent(uuid: entry(DomainStatus(.shutOff)).uuid, name: "g", kind: kind)))
        try await becomes(isSo)
    }

    func becomes(_ isSo: @Sendable (GuestRecord?) -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while await !isSo(tracker.record(entry(DomainStatus(.shutOff)).uuid)) {
            if ContinuousClock.now > deadline { throw Late() }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    func entry(_ status: DomainStatus) -> DomainEntry {
        DomainEntry(uuid: "5e2f9a0c-3b60-4ee8-a3c4-8a0f2f4f2a11", name: "g", status: status, isPersistent: true)
    }

    private final class Looks: Sendable {
        let count = Mutex(0)
        let taken = Mutex(0)
    }
    private struct Late: Error {}
}

private final class FakeLibvirt: Sendable {
    typealias Entries = @Sendable () async throws -> [DomainEntry]
    typealias Guest = @Sendable (String) async throws -> (entry: DomainEntry, xml: [UInt8]?)?

    private let state = Mutex(State())

    private struct State {
        var entries: Entries = { [] }
        var guest: Guest = { _ in nil }
        var questions = 0
    }

    var entries: Entries {
        get { state.withLock { $0.entries } }
        set { state.withLock { $0.entries = newValue } }
    }
    var guest: Guest {
        get { state.withLock { $0.guest } }
        set { state.withLock { $0.guest = newValue } }
    }
    /// How often it was asked about a guest.
    var questions: Int { state.withLock { $0.questions } }

    func ask(_ uuid: String) async throws -> (entry: DomainEntry, xml: [UInt8]?)? {
        let guest = state.withLock { state in
            state.questions += 1
            return state.guest
        }
        return try await guest(uuid)
    }
}

private struct Nobody: HealingHost, HealingProbe {
    func status(of uuid: String) async throws -> DomainStatus? { nil }
    func brokenMedium(of uuid: String) async throws -> BrokenMedium? { nil }
    func resume(_ uuid: String) async throws {}
    func problem(with medium: BrokenMedium) async -> String? { nil }
}
