internal import Synchronization

/// How many bytes of requests may be in memory at once: who sends them is not known before they are all there.
final class ByteBudget: Sendable {
    private let left: Mutex<Int>

    init(_ bytes: Int) { left = Mutex(bytes) }

    /// What one request has of it.
    struct Reservation {
        private let budget: ByteBudget
        private var taken = 0

        init(_ budget: ByteBudget) { self.budget = budget }

        /// - Returns: whether there was as much left.
        mutating func take(_ bytes: Int) -> Bool {
            let isThere = budget.left.withLock { left in
                if bytes > left { return false }
                left -= bytes
                return true
            }
            if isThere { taken += bytes }
            return isThere
        }

        mutating func release() {
            budget.left.withLock { $0 += taken }
            taken = 0
        }
    }
}
