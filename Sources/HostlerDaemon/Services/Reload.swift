internal import Logging
internal import Operations
internal import ServiceLifecycle
internal import UnixSignals

/// SIGHUP: the configuration is read again.
struct Reload: Service {
    let configuration: CurrentConfiguration
    let manager: ServiceManager
    let logger: Logger
    /// Is called when there is a new one.
    let reloaded: @Sendable () async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) {
                manager.tell("RELOADING=1", "MONOTONIC_USEC=\(ServiceManager.monotonicMicroseconds)")
                do {
                    let waiting = try configuration.reload()
                    StderrLog.set(level: configuration.value.text("log.level"))
                    let rest = waiting.isEmpty ? "" : "; at the next start: \(waiting.joined(separator: ", "))"
                    logger.info("the configuration is read again\(rest)")
                    await reloaded()
                } catch {
                    logger.error("the configuration stays as it was: \(GuestWatch.sentence(error))")
                }
                manager.tell("READY=1")
            }
        }
    }
}
