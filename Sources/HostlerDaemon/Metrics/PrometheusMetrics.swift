package import CoreMetrics
internal import Foundation
internal import Synchronization

/// A backend of swift-metrics whose values are asked for: Prometheus' text format, version 0.0.4.
package final class PrometheusMetrics: MetricsFactory, Sendable {
    private let families = Mutex<[String: Family]>([:])

    package init() {}

    private struct Family {
        let kind: Kind
        var samples: [[String]: any Sample]
    }

    private enum Kind: String { case counter, gauge, histogram }

    /// What is said of a metric; those of a name without one are told all the same.
    private static let help: [String: String] = [
        "hostler_guests": "Guests by their state.",
        "hostler_events_total": "Things that happened to guests, by who told.",
        "hostler_event_seconds": "From an event to its record.",
        "hostler_reconcile_seconds": "From a look at all guests to their records.",
        "hostler_hook_calls_total": "Calls of libvirt's hook, by operation.",
        "hostler_api_requests_total": "Requests of the API, by command and status.",
        "hostler_api_request_seconds": "From a request of the API to its answer.",
        "hostler_libvirt_connected": "Whether libvirt can be reached.",
        "hostler_healing_total": "Guests that were paused since their boot ISO could not be read, by what came of it.",
        "hostler_healing_waiting": "Guests that wait for their server now.",
        "hostler_templates_staged_total": "Templates and ISOs that were staged, by what came of it.",
        "hostler_iso_servers_revived_total": "Servers of cached ISOs that had died and were started again.",
        "hostler_certificate_expiry_seconds": "Until a certificate of the zone expires.",
        "hostler_certificate_failures": "Certificates that could not be put into the trust store.",
    ]

    // MARK: MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        sample(label, dimensions, .counter) { Number() } ?? Number()
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate
            ? sample(label, dimensions, .histogram) { Histogram() } ?? Histogram()
            : sample(label, dimensions, .gauge) { Number() } ?? Number()
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        sample(label, dimensions, .histogram) { Histogram() } ?? Histogram()
    }

    // What counts stays once it was there: Prometheus takes it for a restart where it vanishes.
    package func destroyCounter(_ handler: any CounterHandler) {}

    /// A gauge of something that is gone would tell its last value for ever.
    package func destroyRecorder(_ handler: any RecorderHandler) {
        families.withLock { families in
            for (name, family) in families where family.kind == .gauge {
                guard let labels = family.samples.first(where: { $0.value === handler })?.key else { continue }
                families[name]?.samples[labels] = nil
                if families[name]?.samples.isEmpty == true { families[name] = nil }
            }
        }
    }

    package func destroyTimer(_ handler: any TimerHandler) {}

    /// - Returns: `nil` where the name is of another kind already.
    private func sample<Handler: Sample>(
        _ label: String,
        _ dimensions: [(String, String)],
        _ kind: Kind,
        _ make: () -> Handler
    ) -> Handler? {
        let labels = dimensions.sorted { $0.0 < $1.0 }.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }
        return families.withLock { families in
            var family = families[label] ?? Family(kind: kind, samples: [:])
            guard family.kind == kind else { return nil }
            if let known = family.samples[labels] { return known as? Handler }
            let handler = make()
            family.samples[labels] = handler
            families[label] = family
            return handler
        }
    }

    // MARK: The text

    package var text: String {
        let families = families.withLock { $0 }
        var lines: [String] = []
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            if let help = Self.help[name] { lines.append("# HELP \(name) \(help)") }
            lines.append("# TYPE \(name) \(family.kind.rawValue)")
            for (labels, sample) in family.samples.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                lines += sample.lines(name, labels)
            }
        }
        return (lines + Self.process).map { $0 + "\n" }.joined()
    }

    /// What Prometheus' own clients tell of their process.
    private static var process: [String] {
        let pages = FileManager.default.contents(atPath: "/proc/self/statm").map { String(decoding: $0, as: UTF8.self) }
        let resident = pages?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map {
            $0 * Int(getpagesize())
        }
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count
        var lines: [String] = []
        func gauge(_ name: String, _ help: String, _ value: Int?) {
            guard let value else { return }
            lines += ["# HELP \(name) \(help)", "# TYPE \(name) gauge", "\(name) \(value)"]
        }
        gauge("process_resident_memory_bytes", "Memory of this process.", resident)
        gauge("process_open_fds", "Open file descriptors of this process.", descriptors)
        gauge("process_start_time_seconds", "When this process was started, in seconds since 1970.", Int(start))
        return lines
    }

    private static let start = Date().timeIntervalSince1970

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}

private protocol Sample: AnyObject, Sendable {
    func lines(_ name: String, _ labels: [String]) -> [String]
}

private func label(_ labels: [String]) -> String { labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}" }

/// A counter or a gauge.
private final class Number: CounterHandler, RecorderHandler, Sample {
    private let value = Mutex(0.0)

    func increment(by amount: Int64) { value.withLock { $0 += Double(amount) } }
    func reset() { value.withLock { $0 = 0 } }
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ new: Double) { value.withLock { $0 = new } }

    func lines(_ name: String, _ labels: [String]) -> [String] {
        let value = value.withLock { $0 }
        let text = value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
        return ["\(name)\(label(labels)) \(text)"]
    }
}

/// How often a value was not above each of some bounds, in seconds.
private final class Histogram: RecorderHandler, TimerHandler, Sample {
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

    private struct State {
        var counts = [Int](repeating: 0, count: Histogram.bounds.count)
        var sum = 0.0
        var count = 0
    }

    private let state = Mutex(State())

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        state.withLock { state in
            for (index, bound) in Self.bounds.enumerated() where value <= bound { state.counts[index] += 1 }
            state.sum += value
            state.count += 1
        }
    }

    func lines(_ name: String, _ labels: [String]) -> [String] {
        let state = state.withLock { $0 }
        let buckets = zip(Self.bounds, state.counts).map { bound, count in
            "\(name)_bucket\(label(labels + ["le=\"\(bound)\""])) \(count)"
        }
        return buckets + [
            "\(name)_bucket\(label(labels + ["le=\"+Inf\""])) \(state.count)",
            "\(name)_sum\(label(labels)) \(state.sum)",
            "\(name)_count\(label(labels)) \(state.count)",
        ]
    }
}
