internal import Synchronization

/// Fetches several parts of one file at once.
struct PartsFetch: Sendable {
    /// Smaller files are here before a second connection would pay.
    static let smallest: Int64 = 64 << 20
    /// Bytes that are asked for at once. Parts come in order, so that what reads the file from its beginning gets on.
    static let part: Int64 = 32 << 20

    let url: String
    let source: any ByteSource
    let file: PartialFile
    let limits: LandingReceiver.Limits
    let progress: DownloadProgress

    /// - Returns: `nil` where parts cannot be had, or are not worth it.
    static func head(_ url: String, _ source: any ByteSource, _ limits: LandingReceiver.Limits) async -> ContentHead? {
        // Whatever is wrong with the source, reading it the usual way finds out and says so.
        guard let head = try? await source.head(url), let size = head.size, head.servesRanges, head.validator != nil,
            size > smallest, size <= limits.maximum, size == limits.size ?? size
        else { return nil }
        return head
    }

    func run(_ head: ContentHead, connections: Int, isChecked: Bool) async throws(DownloadError) {
        let missing = try file.beginParts(url: url, head, isChecked: isChecked)
        let parts = missing.flatMap { gap in
            stride(from: gap.lowerBound, to: gap.upperBound, by: Int(Self.part)).map { start in
                start..<min(start + Self.part, gap.upperBound)
            }
        }
        progress.update { snapshot in
            snapshot.phase = .downloading
            snapshot.received = file.present
            snapshot.total = head.size
        }
        let next = PartQueue(parts)
        let failure = await withTaskGroup(of: DownloadError?.self) { group in
            for _ in 0..<min(connections, parts.count) {
                group.addTask {
                    do throws(DownloadError) {
                        while let range = next.take() { try await fetch(range, head) }
                        return nil
                    } catch { return error }
                }
            }
            var failure: DownloadError?
            for await error in group where error != nil {
                // The others are cancelled by it, and say no more than that.
                failure = failure ?? error
                group.cancelAll()
            }
            return failure
        }
        try file.noteParts()
        if let failure { throw failure }
    }

    private func fetch(_ range: Range<Int64>, _ head: ContentHead) async throws(DownloadError) {
        let receiver = PartReceiver(url, file, size: head.size ?? 0, range: range, limits, progress)
        let request = ByteRequest(
            url: url,
            offset: range.lowerBound,
            end: range.upperBound,
            validator: head.validator
        )
        do throws(DownloadError) { try await source.read(request, into: receiver) } catch {
            try receiver.finish()
            throw error
        }
        try receiver.finish()
        try file.noteParts()
    }
}

/// The parts that nobody fetches yet.
final class PartQueue: Sendable {
    private let parts: Mutex<ArraySlice<Range<Int64>>>

    init(_ parts: [Range<Int64>]) { self.parts = Mutex(parts[...]) }

    func take() -> Range<Int64>? { parts.withLock { $0.popFirst() } }
}
