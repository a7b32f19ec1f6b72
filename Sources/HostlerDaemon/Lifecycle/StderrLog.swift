internal import Foundation
package import Logging
internal import Operations
internal import Synchronization

/// Messages on stderr, a line each: with the priority that the journal reads where it listens (sd-daemon(3)), else with
/// the time.
package struct StderrLog: LogHandler {
    /// Of all loggers, so that a reload reaches them.
    private static let level = Mutex(Logger.Level.info)

    /// - Parameter name: as `log.level` has it.
    package static func set(level name: String) { level.withLock { $0 = Logger.Level(rawValue: name) ?? .info } }

    private let label: String
    private let isJournal: Bool
    package var metadata: Logger.Metadata = [:]

    package init(label: String, environment: [String: String]) {
        self.label = label
        isJournal = environment["JOURNAL_STREAM"] != nil
    }

    /// What this one logger leaves out beyond the rest: Hummingbird's says what only its developers need.
    private var own = Logger.Level.trace

    package var logLevel: Logger.Level {
        get { max(own, Self.level.withLock { $0 }) }
        set { own = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let details = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let line = Self.oneLine("\(event.message)\(details)")
        let text =
            isJournal
            ? "<\(Self.priority(event.level))>\(line)\n"
            : "\(Date().formatted(.iso8601)) \(event.level.rawValue) \(line)\n"
        FileHandle.standardError.write(Data(text.utf8))
    }

    private static func oneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
            )
        )
    }

    /// syslog's.
    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
