import Provisioning
import Testing

@testable import HostlerCommands

@Suite("progress on a terminal")
struct ProgressBarTests {
    typealias Snapshot = DownloadProgress.Snapshot

    private func snapshot(
        _ phase: Snapshot.Phase,
        total: Int64? = nil,
        received: Int64 = 0,
        failures: [String] = []
    ) -> Snapshot {
        var snapshot = Snapshot()
        (snapshot.phase, snapshot.total, snapshot.received, snapshot.failures) = (phase, total, received, failures)
        snapshot.source = "https://mirror.example.com/a/very/long/path/to/an/image-of-a-guest.qcow2.xz"
        snapshot.attempt = 3
        return snapshot
    }

    private var snapshots: [Snapshot] {
        [
            snapshot(.waiting), snapshot(.waiting, failures: ["the server says 503\r\n\u{1B}[31mred"]),
            snapshot(.connecting), snapshot(.downloading, received: 12_345_678),
            snapshot(.downloading, total: 0), snapshot(.downloading, total: 4_000_000_000, received: 1_720_000_000),
            snapshot(.downloading, total: 10, received: 20), snapshot(.downloading, total: .max, received: .max),
            snapshot(.downloading, total: .max, received: 1),
            snapshot(.downloading, total: .max, received: .max - 1),
            snapshot(.verifying), snapshot(.converting), snapshot(.publishing),
        ]
    }

    @Test("no line is wider than the terminal, whatever is in it", arguments: [2, 8] + Array(20...200))
    func width(width: Int) {
        for name in ["a", "debian-12-generic-amd64", String(repeating: "n", count: 63), "bad\u{1B}[2J\nname"] {
            for snapshot in snapshots {
                for rate in [nil, 0, 0.5, 123_456_789] as [Double?] {
                    let line = ProgressBar.line(name, snapshot, rate, width: width)
                    #expect(line.count < width, "\(line)")
                    #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control })
                    let plain = ProgressBar.line(name, snapshot, rate, width: nil)
                    #expect(!plain.unicodeScalars.contains { $0.properties.generalCategory == .control })
                    #expect(!plain.contains("█"))
                }
            }
        }
    }

    @Test("rate, time left and mirror are said")
    func words() {
        let half = snapshot(.downloading, total: 4_000_000_000, received: 1_720_000_000)
        let line = ProgressBar.line("debian", half, 100_000_000, width: nil)
        #expect(line.hasPrefix("debian: 43 %  1.72 GB of 4.00 GB  100 MB/s  eta 0:22  attempt 3  from https://mirror."))
        #expect(ProgressBar.line("debian", half, 100_000_000, width: 200).contains("█░"))
        #expect(ProgressBar.line("debian", snapshot(.verifying), nil, width: 80) == "debian: is verified")
        let again = snapshot(.waiting, failures: ["first", "the server says 503"])
        #expect(ProgressBar.line("debian", again, nil, width: 80) == "debian: tries again soon: the server says 503")
    }

    @Test("the rate is that of the last seconds, and of this attempt")
    func rate() throws {
        var meter = RateMeter()
        #expect(meter.rate == nil)
        let start = ContinuousClock.now
        meter.add(0, at: start)
        #expect(meter.rate == nil)
        meter.add(1000, at: start + .seconds(1))
        #expect(meter.rate == 1000)
        for second in 2...30 { meter.add(Int64(1000 + second * 100), at: start + .seconds(second)) }
        #expect(abs(try #require(meter.rate) - 100) < 0.001)
        meter.add(0, at: start + .seconds(31))
        #expect(meter.rate == nil)
        meter.add(500, at: start + .seconds(32))
        #expect(meter.rate == 500)
    }

    @Test("amounts in three digits")
    func sizes() {
        let sizes: [(Int64, String)] = [
            (0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (1050, "1.05 kB"), (12_300, "12.3 kB"),
            (999_999, "999 kB"), (1_000_000, "1.00 MB"), (1_234_567_890, "1.23 GB"), (5_000_000_000_000, "5.00 TB"),
            (.max, "9223372 TB"),
        ]
        for (bytes, text) in sizes { #expect(Size.text(bytes) == text) }
        #expect(
            [0, 59, 60, 3599, 3600, 90_000].map { Size.duration(seconds: $0) } == [
                "0:00", "0:59", "1:00", "59:59", "1 h 0 min", "25 h 0 min",
            ]
        )
    }
}
