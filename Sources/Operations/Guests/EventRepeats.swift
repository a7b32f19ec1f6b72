/// Makes one event a minute of what a guest repeats: one that reads a bad sector, or that restarts in a loop, has
/// thousands of them an hour.
///
/// The first is written at once. Those that follow within a minute are counted, and told of by one event at its end, or
/// before the next event of the guest that is of another kind.
struct EventRepeats {
    static let types = ["VM.IOERROR", "VM.REBOOT"]
    /// In milliseconds.
    static let window = 60_000

    private struct Key: Hashable {
        let uuid: String
        let type: String
    }

    private struct Run {
        /// In milliseconds since 1970.
        let start: Int
        /// How often since then, with those that are written.
        var count = 0
        /// The last one, where it is not written.
        var latest: GuestEvent?

        /// Also where the clock was set back, which would make the minute long.
        func isOver(_ now: Int) -> Bool { now >= start + EventRepeats.window || now < start }
    }

    private var runs: [Key: Run] = [:]

    /// Takes in what has happened.
    ///
    /// - Returns: what is to be written: what tells of repetitions that are over, and after it those of `events` that are
    ///   none.
    mutating func take(_ events: [GuestEvent], now: Int) -> (due: [GuestEvent], events: [GuestEvent]) {
        var due = due(now: now)
        let kept = events.filter { event in
            // Who has asked for something is told each time.
            if event.uuid.isEmpty || event.source == .api { return true }
            guard Self.types.contains(event.type) else {
                // What interrupts a repetition is understood only behind it.
                for type in Self.types {
                    let run = runs.removeValue(forKey: Key(uuid: event.uuid, type: type))
                    if let sum = run.flatMap({ Self.sum($0, now) }) { due.append(sum) }
                }
                return true
            }
            let key = Key(uuid: event.uuid, type: event.type)
            guard var run = runs[key] else {
                runs[key] = Run(start: now, count: 1)
                return true
            }
            run.count += 1
            run.latest = event
            runs[key] = run
            return false
        }
        return (due, kept)
    }

    /// What tells of the repetitions whose minute is over. Who goes on is counted further: it is written once a minute.
    mutating func due(now: Int) -> [GuestEvent] {
        let over = runs.filter { $0.value.isOver(now) }
        for (key, run) in over { runs[key] = run.latest == nil ? nil : Run(start: now) }
        return Self.ordered(over.values.compactMap { Self.sum($0, now) })
    }

    /// What tells of all repetitions, over or not.
    mutating func all(now: Int) -> [GuestEvent] {
        defer { runs = [:] }
        return Self.ordered(runs.values.compactMap { Self.sum($0, now) })
    }

    private static func ordered(_ events: [GuestEvent]) -> [GuestEvent] {
        events.sorted { ($0.uuid, $0.type) < ($1.uuid, $1.type) }
    }

    private static func sum(_ run: Run, _ now: Int) -> GuestEvent? {
        guard let latest = run.latest else { return nil }
        return GuestEvent(
            time: now,
            uuid: latest.uuid,
            guest: latest.guest,
            type: latest.type,
            state: latest.state,
            source: latest.source,
            level: latest.level,
            text: run.count == 1 ? latest.text : "\(latest.text), \(run.count) times in the last minute"
        )
    }
}
