import CoreMetrics
import Testing

@testable import HostlerDaemon

@Suite("metrics of things that come and go")
struct MetricsGaugeTests {
    @Test("a gauge vanishes when it is destroyed, and can come back")
    func gauge() {
        let metrics = PrometheusMetrics()
        let one = Gauge(label: "left", dimensions: [("of", "one")], factory: metrics)
        let two = Gauge(label: "left", dimensions: [("of", "two")], factory: metrics)
        one.record(1)
        two.record(2)
        one.destroy()
        #expect(!metrics.text.contains("one") && metrics.text.contains("\nleft{of=\"two\"} 2\n"))
        two.destroy()
        #expect(!metrics.text.contains("left"))
        Gauge(label: "left", dimensions: [("of", "one")], factory: metrics).record(3)
        #expect(metrics.text.contains("\nleft{of=\"one\"} 3\n"))
    }

    @Test("what counts stays, since its absence would look like a restart")
    func counter() {
        let metrics = PrometheusMetrics()
        let counter = Counter(label: "calls", factory: metrics)
        counter.increment()
        counter.destroy()
        let recorder = Recorder(label: "sizes", dimensions: [], aggregate: true, factory: metrics)
        recorder.record(1)
        recorder.destroy()
        #expect(metrics.text.contains("\ncalls 1\n") && metrics.text.contains("\nsizes_count 1\n"))
    }
}
