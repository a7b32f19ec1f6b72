/// Bytes a second over the last seconds.
struct RateMeter {
    private var samples: [(time: ContinuousClock.Instant, bytes: Int64)] = []
    private static let span = Duration.seconds(5)

    mutating func add(_ bytes: Int64, at now: ContinuousClock.Instant = .now) {
        // An attempt that begins anew has fewer.
        if let last = samples.last, bytes < last.bytes { samples = [] }
        samples.append((now, bytes))
        while samples.count > 2, now - samples[1].time > Self.span { samples.removeFirst() }
    }

    var rate: Double? {
        guard let first = samples.first, let last = samples.last else { return nil }
        let seconds = (last.time - first.time) / .seconds(1)
        return seconds > 0.3 ? Double(last.bytes - first.bytes) / seconds : nil
    }
}
