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
                let job = Job {
                    let result: Result<Value, DownloadError>
                    do throws(DownloadError) { result = .success(try work(interruption)) } catch {
                        result = .failure(error)
                    }
                    continuation.resume(returning: result)
                }
                if let failure = start(job) {
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

    private final class Job: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// - Returns: why there is no thread; `nil` where there is one.
    private static func start(_ job: Job) -> Int32? {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let context = Unmanaged.passRetained(job)
        var thread = pthread_t()
        let failure = pthread_create(
            &thread,
            &attributes,
            { context in
                guard let context else { return nil }
                Unmanaged<Job>.fromOpaque(context).takeRetainedValue().body()
                return nil
            },
            context.toOpaque()
        )
        if failure == 0 { return nil }
        context.release()
        return failure
    }
}
