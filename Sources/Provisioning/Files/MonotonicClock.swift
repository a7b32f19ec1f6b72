/// A clock that nobody sets. By Swift's own: the structures of C's belong to whichever C module was loaded first.
enum MonotonicClock {
    private static let start = ContinuousClock.now

    /// Seconds since the clock was first asked.
    static var seconds: Int { Int((ContinuousClock.now - start).components.seconds) }
}
