internal import CLibcurl
internal import Synchronization

/// Runs all transfers of the process on one thread, which is there as long as there is something to run, and somewhat
/// longer.
final class TransferEngine: Sendable {
    static let shared = TransferEngine()

    private enum Command {
        case add(HTTPExchange, CheckedContinuation<HTTPExchange.Outcome, Never>)
        case remove(HTTPExchange)
    }

    private struct State {
        var commands: [Command] = []
        var hasThread = false
    }

    /// What the thread works on.
    private final class Core: Sendable {
        let state = Mutex(State())
        let multi: CurlMulti

        init(_ multi: CurlMulti) { self.multi = multi }
    }

    private typealias Running = (exchange: HTTPExchange, waiting: CheckedContinuation<HTTPExchange.Outcome, Never>)

    private static let idleMilliseconds: Int32 = 5_000
    /// `nil` where libcurl has no memory for it.
    private let core: Core?

    init() {
        curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        core = CurlMulti().map { Core($0) }
    }

    /// Comes back when the exchange has ended, soon after the task was cancelled.
    func run(_ exchange: HTTPExchange) async -> HTTPExchange.Outcome {
        guard let core else { return .failed(CurlFailure(code: CURLE_OUT_OF_MEMORY)) }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in Self.submit(.add(exchange, continuation), to: core) }
        } onCancel: {
            exchange.cancel()
            Self.submit(.remove(exchange), to: core)
        }
    }

    private static func submit(_ command: Command, to core: Core) {
        let needsThread = core.state.withLock { state in
            state.commands.append(command)
            defer { state.hasThread = true }
            return !state.hasThread
        }
        if !needsThread {
            core.multi.wake()
            return
        }
        if WorkThread.start("hostler-curl", { loop(core) }) == 0 { return }
        let stranded = core.state.withLock { state in
            state.hasThread = false
            defer { state.commands = [] }
            return state.commands
        }
        for case .add(_, let waiting) in stranded {
            waiting.resume(returning: .failed(CurlFailure(code: CURLE_OUT_OF_MEMORY)))
        }
    }

    private static func loop(_ core: Core) {
        var running: [UnsafeMutableRawPointer: Running] = [:]
        while true {
            let commands = core.state.withLock { state in
                defer { state.commands = [] }
                return state.commands
            }
            for command in commands { apply(command, core.multi, &running) }
            for (handle, code) in core.multi.perform() {
                guard let (exchange, waiting) = running.removeValue(forKey: handle) else { continue }
                core.multi.remove(exchange)
                waiting.resume(returning: exchange.outcome(code))
            }
            let isIdle = running.isEmpty
            core.multi.wait(milliseconds: isIdle ? idleMilliseconds : 1_000)
            if !isIdle { continue }
            let ends = core.state.withLock { state in
                state.hasThread = !state.commands.isEmpty
                return state.commands.isEmpty
            }
            if ends { return }
        }
    }

    private static func apply(
        _ command: Command,
        _ multi: CurlMulti,
        _ running: inout [UnsafeMutableRawPointer: Running]
    ) {
        switch command {
        case .add(let exchange, let waiting):
            // The handler of a task that is cancelled already runs before this.
            if exchange.isCancelled {
                waiting.resume(returning: .cancelled)
            } else if multi.add(exchange) {
                running[exchange.handle] = (exchange, waiting)
            } else {
                waiting.resume(returning: .failed(CurlFailure(code: CURLE_OUT_OF_MEMORY)))
            }
        case .remove(let exchange):
            if let (_, waiting) = running.removeValue(forKey: exchange.handle) {
                multi.remove(exchange)
                waiting.resume(returning: .cancelled)
            }
        }
    }
}
