internal import Synchronization

/// How far something is that is on its way: written by who does it, looked at by whoever wants to know.
public final class DownloadProgress: Sendable {
    public struct Snapshot: Codable, Equatable, Sendable {
        public enum Phase: String, Codable, Sendable {
            /// Somebody else does it; or it waits for its turn, or for the next attempt.
            case waiting
            case connecting, downloading, verifying, converting, publishing
        }

        public var phase = Phase.waiting
        /// Bytes of the source that are here.
        public var received: Int64 = 0
        /// Bytes of the source; `nil` where it does not say.
        public var total: Int64?
        /// Bytes of the expanded image that are written, where the source is compressed.
        public var expanded: Int64 = 0
        /// Where it comes from, without the query: the mirror that is read now.
        public var source: String?
        /// 1 for the first.
        public var attempt = 1
        /// Why earlier attempts failed, the oldest first; the newest 20.
        public var failures: [String] = []

        public init() {}

        /// 0 to 100; `nil` where the size is not known.
        public var percent: Int? {
            guard let total, total > 0 else { return nil }
            // What a server says of its size may be any number.
            let product = max(0, min(received, total)).multipliedFullWidth(by: 100)
            return Int(total.dividingFullWidth(product).quotient)
        }
    }

    private let state = Mutex(Snapshot())

    public init() {}

    public var snapshot: Snapshot { state.withLock { $0 } }

    public func update(_ change: (inout Snapshot) -> Void) { state.withLock { change(&$0) } }

    public func fail(_ sentence: String) {
        update { snapshot in
            snapshot.failures.append(sentence)
            snapshot.failures.removeFirst(max(0, snapshot.failures.count - 20))
        }
    }
}
