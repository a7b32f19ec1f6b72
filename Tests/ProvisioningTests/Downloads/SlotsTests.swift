import Synchronization
import Testing

@testable import Provisioning

struct SlotsTests {
    private final class Counter: Sendable {
        let values = Mutex((now: 0, most: 0, all: 0))

        func enter() {
            values.withLock { values in
                values.now += 1
                values.all += 1
                values.most = max(values.most, values.now)
            }
        }

        func leave() { values.withLock { $0.now -= 1 } }
    }

    @Test func cancelledBefore() async {
        let slots = Slots(1)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await outcome(slots)
        }
        #expect(await task.value == .cancelled)
        // Its slot was not taken.
        #expect(await outcome(slots) == nil)
    }

    @Test func failureGivesTheSlotBack() async {
        let slots = Slots(1)
        for _ in 0..<3 {
            let found = await code { () async throws(DownloadError) in
                try await slots.run { () async throws(DownloadError) in throw DownloadError(.noSpace, "full") }
            }
            #expect(found == .noSpace)
        }
    }

    @Test func whoWaitsCanBeCancelled() async throws {
        let slots = Slots(1)
        let (held, release) = AsyncStream.makeStream(of: Void.self)
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let holder = Task {
            await code { () async throws(DownloadError) in
                try await slots.run { () async throws(DownloadError) in
                    begin.finish()
                    for await _ in held {}
                }
            }
        }
        for await _ in begun {}
        let waiter = Task {
            await outcome(slots)
        }
        waiter.cancel()
        // Comes back although the slot is still taken.
        #expect(await waiter.value == .cancelled)
        release.finish()
        #expect(await holder.value == nil)
        #expect(await outcome(slots) == nil)
    }

    @Test func noMoreAtOnce() async {
        let slots = Slots(3)
        let counter = Counter()
        await withTaskGroup(of: DownloadError.Code?.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    await code { () async throws(DownloadError) in
                        try await slots.run { () async throws(DownloadError) in
                            counter.enter()
                            for _ in 0..<10 { await Task.yield() }
                            counter.leave()
                        }
                    }
                }
            }
            for await found in group { #expect(found == nil) }
        }
        let (now, most, all) = counter.values.withLock { $0 }
        #expect(now == 0)
        #expect((1...3).contains(most))
        #expect(all == 50)
    }
}

/// What `body` failed with; `nil` where it did not.
private func code(_ body: () async throws(DownloadError) -> Void) async -> DownloadError.Code? {
    do throws(DownloadError) {
        try await body()
        return nil
    } catch { return error.code }
}

private func outcome(_ slots: Slots) async -> DownloadError.Code? {
    await code { () async throws(DownloadError) in try await slots.run { () async throws(DownloadError) in } }
}
