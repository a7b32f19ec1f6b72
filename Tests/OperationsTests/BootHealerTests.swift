import LibvirtClient
import Synchronization
import Testing

@testable import Operations

/// Healing with a clock, a libvirt and a server that do what they are told.
@Suite("self-healing boots")
struct BootHealerTests {
    private static let broken = DomainStatus(.paused, DomainStatus.ioError)
    private static let medium = BrokenMedium(url: "https://a/b.iso", isVerified: true, bus: "scsi")

    /// A world in which time passes only by waiting.
    private final class World: HealingHost, HealingProbe {
        struct State {
            var status: DomainStatus? = BootHealerTests.broken
            var medium: BrokenMedium? = BootHealerTests.medium
            var problem: String? = "no route"
            var waited: [Double] = []
            var time = 0.0
            var resumed = 0
            /// What happens when so much time has passed.
            var plan: [(at: Double, change: @Sendable (inout State) -> Void)] = []
        }

        let state = Mutex(State())

        func status(of uuid: String) async throws -> DomainStatus? { state.withLock { $0.status } }
        func brokenMedium(of uuid: String) async throws -> BrokenMedium? { state.withLock { $0.medium } }
        func problem(with medium: BrokenMedium) async -> String? { state.withLock { $0.problem } }

        func resume(_ uuid: String) async throws {
            state.withLock { state in
                state.resumed += 1
                state.status = DomainStatus(.running, "unpaused")
            }
        }

        func sleep(_ duration: Duration) {
            state.withLock { state in
                let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
                state.waited.append(seconds)
                state.time += seconds
                while let next = state.plan.first, next.at <= state.time {
                    state.plan.removeFirst()
                    next.change(&state)
                }
            }
        }

        func healer(_ policy: HealingPolicy = HealingPolicy()) -> BootHealer {
            let start = ContinuousClock.now
            return BootHealer(
                host: self,
                probe: self,
                policy: policy,
                sleep: { self.sleep($0) },
                now: { start + .seconds(self.state.withLock { $0.time }) }
            )
        }
    }

    private func heal(
        _ world: World,
        _ policy: HealingPolicy = HealingPolicy(),
        memory: BootHealer.Memory? = nil
    ) async throws -> (HealingOutcome, BootHealer.Memory?) {
        var memory = memory
        return (try await world.healer(policy).heal("u", memory: &memory), memory)
    }

    @Test("waits ever longer, and resumes when the server answers")
    func heals() async throws {
        let world = World()
        world.state.withLock { $0.plan = [(at: 20, change: { $0.problem = nil })] }
        #expect(try await heal(world).0 == .resumed)
        let (resumed, waited) = world.state.withLock { ($0.resumed, $0.waited) }
        #expect(resumed == 1)
        #expect(waited.count >= 4)
        for (index, pause) in waited.enumerated() {
            let ideal = Double(1 << min(index, 10))
            #expect((min(ideal, 30) * 0.79...min(ideal, 30) * 1.21).contains(pause))
        }
    }

    @Test(
        "a guest that is paused for another reason, that runs, or that is gone is not resumed",
        arguments: [DomainStatus(.paused, "user"), DomainStatus(.paused, "migration"), DomainStatus(.running), nil]
    )
    func leavesAlone(_ status: DomainStatus?) async throws {
        let world = World()
        world.state.withLock { state in
            state.status = status
            state.problem = nil
        }
        #expect(try await heal(world).0 == .overtaken)
        #expect(world.state.withLock { $0.resumed } == 0)
    }

    @Test("what changes while the server is away counts")
    func overtaken() async throws {
        let world = World()
        world.state.withLock {
            $0.plan = [
                (at: 3, change: { $0.status = DomainStatus(.paused, "user") }), (at: 4, change: { $0.problem = nil }),
            ]
        }
        #expect(try await heal(world).0 == .overtaken)
        #expect(world.state.withLock { $0.resumed } == 0)
    }

    @Test("gives up in the end, with the last thing that was wrong")
    func givesUp() async throws {
        let world = World()
        let policy = HealingPolicy(giveUp: .seconds(120))
        #expect(try await heal(world, policy).0 == .gaveUp("no route"))
        #expect((120...180).contains(world.state.withLock { $0.time }))
    }

    @Test("another disk's error, and a sata cdrom, are not for us to repeat")
    func refuses() async throws {
        let world = World()
        world.state.withLock { state in
            state.problem = nil
            state.medium = BrokenMedium(url: "https://a/b", isVerified: true, bus: "scsi", others: ["vda"])
        }
        guard case .refused(let why) = try await heal(world).0 else { throw Unexpected() }
        #expect(why.hasPrefix("vda has met an I/O error too"))
        world.state.withLock { $0.medium = BrokenMedium(url: "https://a/b", isVerified: true, bus: "sata") }
        guard case .refused = try await heal(world).0 else { throw Unexpected() }
        world.state.withLock { $0.medium = nil }
        #expect(try await heal(world).0 == .notOurs)
        #expect(world.state.withLock { $0.resumed } == 0)
    }

    private struct Unexpected: Error {}

    @Test("a server that fails again right after each resumption is asked ever less often, until it is given up")
    func flapping() async throws {
        let world = World()
        world.state.withLock { $0.problem = nil }
        let policy = HealingPolicy(giveUp: .seconds(300))
        var memory: BootHealer.Memory?
        for _ in 0..<8 {
            world.state.withLock { $0.status = Self.broken }
            let (outcome, new) = try await heal(world, policy, memory: memory)
            #expect(outcome == .resumed)
            memory = new
        }
        let waited = world.state.withLock { $0.waited }
        #expect(waited.count == 7)
        #expect(zip(waited.dropFirst(3), waited).allSatisfy { $0 > $1 })
        world.state.withLock { state in
            state.status = Self.broken
            state.problem = "no route"
        }
        guard case .gaveUp = try await heal(world, policy, memory: memory).0 else { throw Unexpected() }
    }

    @Test("what is given up is not begun again in the same pause, and is after it")
    func settled() async throws {
        let world = World()
        world.state.withLock { state in
            state.status = Self.broken
            state.problem = nil
            state.medium = BrokenMedium(url: "https://a/b", isVerified: true, bus: "sata")
        }
        let (reports, queue) = AsyncStream.makeStream(of: HealingService.Report.self)
        let service = HealingService(healer: world.healer()) { _, report in queue.yield(report) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await service.run() }
            var report = reports.makeAsyncIterator()
            service.heal("g")
            guard case .done(.refused) = await report.next() else { throw Unexpected() }
            for _ in 0..<3 { service.heal("g") }
            // Another guest's report shows that those were passed over.
            service.heal("h")
            guard case .done(.refused) = await report.next() else { throw Unexpected() }
            service.recovered("g")
            world.state.withLock { $0.medium = BrokenMedium(url: "https://a/b", isVerified: true, bus: "scsi") }
            service.heal("g")
            #expect(await report.next() == .done(.resumed))
            group.cancelAll()
        }
    }

    @Test("a server that answers and whose reads fail for the guest all the same is given up too")
    func answersOnly() async throws {
        let world = World()
        world.state.withLock { $0.problem = nil }
        let policy = HealingPolicy(giveUp: .seconds(20))
        var memory: BootHealer.Memory?
        var outcomes: [HealingOutcome] = []
        for _ in 0..<8 where outcomes.last == .resumed || outcomes.isEmpty {
            world.state.withLock { $0.status = Self.broken }
            let (outcome, new) = try await heal(world, policy, memory: memory)
            outcomes.append(outcome)
            memory = new
        }
        #expect(outcomes.count > 2)
        #expect(outcomes.last == .gaveUp("its server answers, but reads fail again and again"))
        #expect(memory == nil)
    }
}
