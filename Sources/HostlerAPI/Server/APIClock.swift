internal import Glibc

/// Where the time comes from.
package struct APIClock: Sendable {
    /// Milliseconds since 1970 UTC.
    package let now: @Sendable () -> Int

    package init(now: @escaping @Sendable () -> Int) { self.now = now }
}

extension APIClock {
    /// The kernel's clock.
    package static let system = APIClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}
