internal import Glibc
internal import Operations
internal import Provisioning

/// Shows how far something is while it runs: one line that is drawn again and again on a terminal, now and then a line
/// elsewhere. On stderr, so that stdout has the result alone.
struct ProgressBar {
    private let name: String
    private let progress: DownloadProgress
    private let isTerminal: Bool
    private var meter = RateMeter()
    private var lastLine = ""
    private var lastPercent = 0
    private var lastPlain: ContinuousClock.Instant?

    init(_ name: String, _ progress: DownloadProgress) {
        self.name = Terminal.oneLine(name)
        self.progress = progress
        isTerminal = isatty(STDERR_FILENO) == 1 && getenv("TERM").map { String(cString: $0) } != "dumb"
    }

    /// Runs `body` and shows `progress` meanwhile.
    static func following<Value: Sendable>(
        _ name: String,
        _ progress: DownloadProgress,
        isQuiet: Bool = false,
        _ body: @Sendable @escaping () async throws -> Value
    ) async throws -> Value {
        if isQuiet { return try await body() }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                var bar = ProgressBar(name, progress)
                defer { bar.clear() }
                while !Task.isCancelled {
                    do { try await Task.sleep(for: .milliseconds(200)) } catch { return nil }
                    bar.draw()
                }
                return nil
            }
            do {
                while let value = try await group.next() {
                    if let value {
                        group.cancelAll()
                        // The line is to be gone before anything else is said.
                        while try await group.next() != nil {}
                        return value
                    }
                }
            } catch {
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
                throw error
            }
            throw OperationError(.failure, nil)
        }
    }

    private mutating func draw() {
        let snapshot = progress.snapshot
        meter.add(snapshot.received)
        if isTerminal {
            let line = Self.line(name, snapshot, meter.rate, width: Self.width)
            if line == lastLine { return }
            lastLine = line
            Terminal.writeError("\r\u{1B}[K" + line)
            return
        }
        let now = ContinuousClock.now
        let percent = snapshot.percent ?? 0
        let isDue = percent >= lastPercent + 10 || lastPlain.map { now - $0 > .seconds(30) } ?? true
        let line = Self.line(name, snapshot, meter.rate, width: nil)
        if !isDue || line == lastLine { return }
        (lastPercent, lastPlain, lastLine) = (percent / 10 * 10, now, line)
        Terminal.writeError("hostler: \(line)\n")
    }

    private func clear() { if isTerminal && !lastLine.isEmpty { Terminal.writeError("\r\u{1B}[K") } }

    private static var width: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// - Parameter width: columns, all but the last of which are used; `nil` for a line without a bar, as long as it is.
    static func line(_ name: String, _ snapshot: DownloadProgress.Snapshot, _ rate: Double?, width: Int?) -> String {
        var words: [String] = []
        switch snapshot.phase {
        case .waiting:
            if let failure = snapshot.failures.last { return cut("\(name): tries again soon: \(failure)", width) }
            return cut("\(name): waits", width)
        case .connecting: return cut("\(name): asks \(snapshot.source ?? "the server")", width)
        case .verifying: words = ["is verified"]
        case .converting: words = ["is converted"]
        case .publishing: words = ["is put into its place"]
        case .downloading: break
        }
        if !words.isEmpty { return cut("\(name): \(words.joined(separator: " "))", width) }
        let amount = Size.text(snapshot.received) + (snapshot.total.map { " of \(Size.text($0))" } ?? "")
        words = [amount]
        if let rate {
            words.append("\(Size.text(Int64(rate)))/s")
            if let total = snapshot.total, rate >= 1, total >= snapshot.received {
                words.append("eta \(Size.duration(seconds: Int(min(Double(total - snapshot.received) / rate, 1e9))))")
            }
        }
        if snapshot.attempt > 1 { words.append("attempt \(snapshot.attempt)") }
        if let source = snapshot.source { words.append("from \(source)") }
        let tail = words.joined(separator: "  ")
        guard let percent = snapshot.percent else { return cut("\(name)  \(tail)", width) }
        guard let width else { return cut("\(name): \(percent) %  \(tail)", nil) }
        let room = min(width - name.count - tail.count - 12, 30)
        let bar = room >= 8 ? bar(percent, room) + " " : ""
        return cut("\(name)  \(bar)\(percent) %  \(tail)", width)
    }

    private static func bar(_ percent: Int, _ room: Int) -> String {
        let full = room * percent / 100
        return String(repeating: "█", count: full) + String(repeating: "░", count: room - full)
    }

    private static func cut(_ text: String, _ width: Int?) -> String {
        let text = Terminal.oneLine(text)
        guard let width, text.count >= width else { return text }
        return String(text.prefix(max(width - 2, 0))) + "…"
    }
}
