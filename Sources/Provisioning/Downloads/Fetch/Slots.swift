internal import Synchronization

/// So many at once; the others wait in their order.
final class Slots: Sendable {
    private typealias Waiting = (number: Int, continuation: CheckedContinuation<Bool, Never>)

    private struct State {
        var free: Int
        var last = 0
        var waiting: [Waiting] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    /// Does `work` when there is a slot for it.
    ///
    /// - Throws: what `work` throws; `cancelled` where the task was cancelled before there was a slot.
    func run<Value: Sendable>(
        _ work: () async throws(DownloadError) -> Value
    ) async throws(DownloadError) -> Value {
        if !(await take()) { throw .wasCancelled }
        defer { give() }
        return try await work()
    }

    /// - Returns: `false` where the task was cancelled first.
    private func take() async -> Bool {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isTaken = state.withLock { state -> Bool? in
                    // The handler of a task that is cancelled already has found nobody waiting.
                    if Task.isCancelled { return false }
                    if state.free == 0 {
                        state.waiting.append((number, continuation))
                        return nil
                    }
                    state.free -= 1
                    return true
                }
                if let isTaken { continuation.resume(returning: isTaken) }
            }
        } onCancel: {
            let cancelled = state.withLock { state in
                state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0) }
            }
            cancelled?.continuation.resume(returning: false)
        }
    }

    private func give() {
        let next = state.withLock { state -> Waiting? in
            if state.waiting.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.continuation.resume(returning: true)
    }
}
