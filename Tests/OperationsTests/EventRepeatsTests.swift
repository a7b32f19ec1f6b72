import Testing

@testable import Operations

@Suite("repeated events")
struct EventRepeatsTests {
    private func event(_ type: String, _ time: Int, guest: String = "a") -> GuestEvent {
        GuestEvent(time: time, uuid: guest, guest: guest, type: type, source: .libvirt, text: "restarted")
    }

    @Test("the first is written at once, the others as one event when the minute is over")
    func minute() {
        var repeats = EventRepeats()
        #expect(repeats.take([event("VM.REBOOT", 0)], now: 0).events.count == 1)
        for time in 1...5 { #expect(repeats.take([event("VM.REBOOT", time)], now: time).events.isEmpty) }
        #expect(repeats.due(now: 59_999).isEmpty)
        let due = repeats.due(now: 60_000)
        #expect(due.map(\.text) == ["restarted, 6 times in the last minute"])
        #expect(due.map(\.time) == [60_000])
        #expect(repeats.due(now: 120_000).isEmpty)
        #expect(repeats.take([event("VM.REBOOT", 120_001)], now: 120_001).events.count == 1)
    }

    @Test("who goes on is told of once a minute")
    func steady() {
        var repeats = EventRepeats()
        var texts: [String] = []
        for time in stride(from: 0, to: 300_000, by: 100) {
            let (due, events) = repeats.take([event("VM.IOERROR", time)], now: time)
            texts += (due + events).map(\.text)
        }
        #expect(texts == ["restarted"] + Array(repeating: "restarted, 600 times in the last minute", count: 4))
    }

    @Test("two kinds that take turns do not end each other")
    func turns() {
        var repeats = EventRepeats()
        var written = 0
        for time in 0..<1000 {
            let (due, events) = repeats.take([event("VM.IOERROR", time), event("VM.REBOOT", time)], now: time)
            written += due.count + events.count
        }
        #expect(written == 2)
    }

    @Test("another event of the guest comes after what it interrupts; one of another guest does not interrupt")
    func interrupted() {
        var repeats = EventRepeats()
        for time in 0...2 { _ = repeats.take([event("VM.REBOOT", time)], now: time) }
        #expect(repeats.take([event("VM.STOP", 3, guest: "b")], now: 3).due.isEmpty)
        let (due, events) = repeats.take([event("VM.STOP", 4)], now: 4)
        #expect(due.map(\.text) == ["restarted, 3 times in the last minute"])
        #expect(events.map(\.type) == ["VM.STOP"])
        #expect(repeats.take([event("VM.REBOOT", 5)], now: 5).events.count == 1)
    }

    @Test("guests are counted apart, and in the end all are told of")
    func end() {
        var repeats = EventRepeats()
        for guest in ["a", "b"] {
            for time in 0...1 { _ = repeats.take([event("VM.REBOOT", time, guest: guest)], now: time) }
        }
        #expect(repeats.all(now: 2).map(\.guest) == ["a", "b"])
        #expect(repeats.all(now: 3).isEmpty)
    }

    @Test("a clock that is set back ends the minute")
    func clock() {
        var repeats = EventRepeats()
        for time in 1_000_000...1_000_001 { _ = repeats.take([event("VM.REBOOT", time)], now: time) }
        #expect(repeats.due(now: 5).count == 1)
    }
}
