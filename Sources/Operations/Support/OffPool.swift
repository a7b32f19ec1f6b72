internal import Dispatch
internal import Provisioning

/// Runs what waits for disks or programs in a thread of its own: the threads of tasks are few, and not to be held.
///
/// It cannot be stopped; what it does goes on to its end.
package func offPool<Value: Sendable>(_ body: @Sendable @escaping () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
}

/// As ``offPool(_:)``, but nobody waits for it any more once the task is cancelled: what hangs in the kernel, as on a file
/// system whose server is gone, hangs by itself. However many do, they leave room for others, as Dispatch's threads would
/// not.
///
/// - Throws: `CancellationError` then.
package func offPoolUntilCancelled<Value: Sendable>(
    _ body: @Sendable @escaping () throws -> Value
) async throws -> Value {
    let once = OnceContinuation<Result<Value, any Error>>()
    let result = await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
            once.set(continuation)
            // As large as the main thread's: what reads XML may go deep.
            let failure = WorkThread.start("hostler-look", stack: 8 << 20) { once.resume(Result { try body() }) }
            if failure != 0 {
                once.resume(.failure(SystemError("this host gives no thread to look at files", number: failure)))
            }
        }
    } onCancel: {
        once.resume(.failure(CancellationError()))
    }
    return try result.get()
}

/// As ``offPoolUntilCancelled(_:)``, but waited for no longer than `limit` either.
///
/// - Returns: `nil` where it takes longer; it goes on by itself.
package func offPool<Value: Sendable>(
    within limit: Duration,
    _ body: @Sendable @escaping () throws -> Value
) async throws -> Value? {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await offPoolUntilCancelled(body) }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
    }
}
