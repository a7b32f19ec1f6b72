internal import Synchronization

/// A continuation that several may resume, of whom the first does.
package final class OnceContinuation<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<Value, Never>)
        case resumed(Value)
        case over
    }

    private let state = Mutex(State.empty)

    package init() {}

    package func set(_ continuation: CheckedContinuation<Value, Never>) {
        let early = state.withLock { state -> Value? in
            if case .resumed(let value) = state {
                state = .over
                return value
            }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(returning: early) }
    }

    package func resume(_ value: Value) {
        let waiting = state.withLock { state -> CheckedContinuation<Value, Never>? in
            switch state {
            case .empty:
                state = .resumed(value)
                return nil
            case .waiting(let continuation):
                state = .over
                return continuation
            case .resumed, .over: return nil
            }
        }
        waiting?.resume(returning: value)
    }
}
