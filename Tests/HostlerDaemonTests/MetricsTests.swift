import CoreMetrics
import Testing

@testable import HostlerDaemon

@Suite("metrics")
struct MetricsTests {
    @Test("are as Prometheus' text format has them")
    func text() {
        let metrics = PrometheusMetrics()
        metrics.makeCounter(label: "hostler_hook_calls_total", dimensions: [("operation", "a\"b\\c\nd")]).increment(
            by: 2
        )
        metrics.makeCounter(label: "hostler_hook_calls_total", dimensions: [("operation", "a\"b\\c\nd")]).increment(
            by: 1
        )
        metrics.makeRecorder(label: "gauge", dimensions: [], aggregate: false).record(2.5)
        let timer = metrics.makeTimer(label: "time", dimensions: [("x", "y")])
        for nanoseconds in [500_000, 3_000_000, 90_000_000_000] as [Int64] { timer.recordNanoseconds(nanoseconds) }
        let lines = metrics.text.split(separator: "\n").map(String.init)
        #expect(lines.contains("# HELP hostler_hook_calls_total Calls of libvirt's hook, by operation."))
        #expect(lines.contains("# TYPE hostler_hook_calls_total counter"))
        #expect(lines.contains(#"hostler_hook_calls_total{operation="a\"b\\c\nd"} 3"#))
        #expect(lines.contains("# TYPE gauge gauge") && lines.contains("gauge 2.5"))
        #expect(lines.contains("# TYPE time histogram"))
        #expect(lines.contains(#"time_bucket{x="y",le="0.001"} 1"#))
        #expect(lines.contains(#"time_bucket{x="y",le="0.005"} 2"#))
        #expect(lines.contains(#"time_bucket{x="y",le="+Inf"} 3"#))
        #expect(lines.contains(#"time_count{x="y"} 3"#))
        #expect(lines.contains { $0.hasPrefix("process_resident_memory_bytes ") })
    }

    @Test("a name that is of another kind already does no harm")
    func kinds() {
        let metrics = PrometheusMetrics()
        metrics.makeCounter(label: "a", dimensions: []).increment(by: 1)
        metrics.makeRecorder(label: "a", dimensions: [], aggregate: false).record(Double(7))
        #expect(metrics.text.contains("\na 1\n"))
    }
}
