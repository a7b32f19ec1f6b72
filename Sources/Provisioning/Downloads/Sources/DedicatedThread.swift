internal import Glibc

/// A thread of its own for work that blocks, so that the few threads of Swift's tasks never wait for a server.
enum DedicatedThread {
    /// Runs `work` there and waits for its end. Cancelling the task raises the interruption that `work` gets; it is for
    /// `work` to end soon then.
    ///
    /// - Throws: what `work` throws, or `other` where the system gives no thread.
    static func run<Value: Sendable>(
        _ work: @escaping @Sendable (Interruption) throws(DownloadError) -> Value
    ) async throws(DownloadError) -> Value {
        let interruption = Interruption()
        let result: Result<Value, DownloadError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let failure = WorkThread.start("hostler-wait") {
                    let result: Result<Value, DownloadError>
                    do throws(DownloadError) { result = .success(try work(interruption)) } catch {
                        result = .failure(error)
                    }
                    continuation.resume(returning: result)
                }
                if failure != 0 {
                    let reason = String(cString: strerror(failure)).lowercased()
                    continuation.resume(
                        returning: .failure(
                            DownloadError(
                                .other,
                                "this host gives no thread for a download: \(reason)",
                                isTemporary: true
                            )
                        )
                    )
                }
            }
        } onCancel: {
            interruption.raise()
        }
        return try result.get()
    }
}
