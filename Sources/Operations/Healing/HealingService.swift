internal import LibvirtClient
internal import Synchronization

/// Heals every guest that it is told of, each in a task of its own.
package final class HealingService: Sendable {
    /// What is said about a guest.
    package enum Report: Sendable, Equatable {
        case progress(String)
        case done(HealingOutcome)
        case failed(String)

        /// Whether another try would end as this one has.
        var isFinal: Bool {
            switch self {
            case .done(.refused), .done(.gaveUp), .done(.notOurs): true
            default: false
            }
        }
    }

    private let healer: BootHealer
    private let report: @Sendable (String, Report) async -> Void
    private let waiting: @Sendable (Int) -> Void
    private let wishes: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation
    private let state = Mutex(State())

    private struct State {
        var active: Set<String> = []
        var memories: [String: BootHealer.Memory] = [:]
        /// Guests that stay as they are until somebody else lets them run: there is no more to be said of them.
        var settled: Set<String> = []
    }

    /// - Parameters:
    ///   - waiting: is told how many guests wait for their server, whenever that changes.
    ///   - report: is told what happens, with the guest's UUID.
    package init(
        healer: BootHealer,
        waiting: @escaping @Sendable (Int) -> Void = { _ in },
        report: @escaping @Sendable (String, Report) async -> Void
    ) {
        self.waiting = waiting
        self.healer = healer
        self.report = report
        (wishes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(10_000))
    }

    /// Has a guest healed that is paused by an I/O error; once at a time, and not again in the pause that was given up.
    package func heal(_ uuid: String) { continuation.yield(uuid) }

    /// Takes note that a guest is not in that pause: its next one is a new matter.
    package func recovered(_ uuid: String) { state.withLock { _ = $0.settled.remove(uuid) } }

    /// Forgets a guest that is gone.
    package func forget(_ uuid: String) {
        state.withLock { state in
            state.memories[uuid] = nil
            state.settled.remove(uuid)
        }
    }

    /// Until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await uuid in wishes {
                let count = state.withLock { state -> Int? in
                    if state.settled.contains(uuid) || !state.active.insert(uuid).inserted { return nil }
                    return state.active.count
                }
                guard let count else { continue }
                waiting(count)
                group.addTask { await self.heal(one: uuid) }
            }
            group.cancelAll()
        }
    }

    private func heal(one uuid: String) async {
        var memory = state.withLock { $0.memories[uuid] }
        let result: Report
        do {
            let outcome = try await healer.heal(uuid, memory: &memory) { sentence in
                await self.report(uuid, .progress(sentence))
            }
            result = .done(outcome)
        } catch is CancellationError {
            return
        } catch {
            result = .failed((error as? LibvirtError)?.message ?? "\(error)")
        }
        await report(uuid, result)
        let count = state.withLock { state in
            state.active.remove(uuid)
            state.memories[uuid] = memory
            if result.isFinal { state.settled.insert(uuid) }
            return state.active.count
        }
        waiting(count)
    }
}
