/// Two threads for work on the bytes of downloads that takes the processor or the disk: hashing, reading back.
///
/// Neither the network's thread nor the threads that all tasks share are held up by it.
final class WorkExecutor: TaskExecutor {
    static let shared = WorkExecutor()

    private struct State {
        var jobs: [UnownedJob] = []
        var threads = 0
        var idle = 0
    }

    private static let most = 2
    private let state = Monitor(State())

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isNeeded = state.withLock { state in
            state.jobs.append(job)
            if state.idle >= state.jobs.count || state.threads == Self.most { return false }
            state.threads += 1
            return true
        }
        if isNeeded && WorkThread.start("hostler-work", { [self] in work() }) != 0 {
            let isAlone = state.withLock { state in
                state.threads -= 1
                return state.threads == 0
            }
            // Without any thread the job is done here and now, which is slow but not for ever.
            if isAlone, let job = state.withLock({ $0.jobs.popLast() }) {
                job.runSynchronously(on: asUnownedTaskExecutor())
            }
        }
        state.wake()
    }

    private func work() {
        while true {
            state.withLock { $0.idle += 1 }
            let job = state.wait { state -> UnownedJob? in
                if state.jobs.isEmpty { return nil }
                state.idle -= 1
                return state.jobs.removeFirst()
            }
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
