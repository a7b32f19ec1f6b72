internal import Dispatch

/// Runs what waits for disks or programs in a thread of its own: the threads of tasks are few, and not to be held.
///
/// It cannot be stopped; what it does goes on to its end.
package func offPool<Value: Sendable>(_ body: @Sendable @escaping () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
}
