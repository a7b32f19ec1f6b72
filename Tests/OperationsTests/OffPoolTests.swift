import Dispatch
import Testing

@testable import Operations

@Suite("work off the pool of tasks' threads")
struct OffPoolTests {
    @Test("what hangs is not waited for once the task is cancelled")
    func hangs() async throws {
        let (gate, end) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let task = Task {
            try await offPoolUntilCancelled {
                gate.wait()
                end.signal()
            }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        gate.signal()
        try await offPool { end.wait() }
    }

    @Test("many that hang leave room for others")
    func room() async throws {
        let (gate, count) = (DispatchSemaphore(value: 0), 200)
        for _ in 0..<count {
            let task = Task { try await offPoolUntilCancelled { gate.wait() } }
            task.cancel()
            _ = await task.result
        }
        #expect(try await offPoolUntilCancelled { 7 } == 7)
        for _ in 0..<count { gate.signal() }
    }

    @Test("what hangs is not waited for longer than it may take")
    func late() async throws {
        let gate = DispatchSemaphore(value: 0)
        #expect(try await offPool(within: .milliseconds(20)) { gate.wait() } == nil)
        gate.signal()
        #expect(try await offPool(within: .seconds(600)) { 7 } == 7)
    }

    @Test("a value and an error come through")
    func through() async throws {
        #expect(try await offPoolUntilCancelled { 7 } == 7)
        await #expect(throws: OperationError.self) {
            try await offPoolUntilCancelled { throw OperationError(.failure, "no") }
        }
    }
}
