internal import Glibc
internal import Synchronization

/// Lets bytes of a source land in a partial file.
final class LandingReceiver: ByteReceiver {
    /// What must hold of the bytes.
    struct Limits {
        /// What was promised beforehand, in bytes.
        var size: Int64?
        var maximum: Int64
        /// Seconds of the monotonic clock; `nil` for no end.
        var deadline: Int?
    }

    private struct State {
        var buffer: [UInt8] = []
        var flushed = 0
        var received: Int64 = 0
    }

    /// One write for many small parts, as TLS gives them.
    private static let bufferSize = 256 << 10

    private let url: String
    private let file: PartialFile
    private let limits: Limits
    private let progress: DownloadProgress
    private let state = Mutex(State())

    init(_ url: String, _ file: PartialFile, _ limits: Limits, _ progress: DownloadProgress) {
        self.url = url
        self.file = file
        self.limits = limits
        self.progress = progress
    }

    func begin(_ head: ContentHead) throws(DownloadError) {
        if let size = head.size {
            try checkMaximum(size)
            if let promised = limits.size, promised != size {
                throw DownloadError(
                    .wrongSize,
                    "\(DisplayURL(url).text) has \(size) bytes where \(promised) are expected; check the URL and the size"
                )
            }
        }
        try file.begin(url: url, head)
        state.withLock { state in
            state.received = head.offset
            state.buffer.reserveCapacity(Self.bufferSize)
            state.flushed = Self.seconds
        }
        progress.update { snapshot in
            snapshot.phase = .downloading
            snapshot.received = head.offset
            snapshot.total = head.size
        }
    }

    func receive(_ bytes: UnsafeRawBufferPointer) throws(DownloadError) {
        try state.withLock { state throws(DownloadError) in
            state.received += Int64(bytes.count)
            try checkMaximum(state.received)
            if state.buffer.count + bytes.count > Self.bufferSize { try flush(&state) }
            if bytes.count >= Self.bufferSize { try file.append(bytes) } else { state.buffer.append(contentsOf: bytes) }
            let now = Self.seconds
            if now > state.flushed {
                state.flushed = now
                try flush(&state)
            }
            if let deadline = limits.deadline, now > deadline {
                throw Self.tooSlow(url)
            }
            let received = state.received
            progress.update { $0.received = received }
        }
    }

    /// Writes what is still held back. To be called at the end, however it came.
    func finish() throws(DownloadError) {
        try state.withLock { state throws(DownloadError) in try flush(&state) }
    }

    static func tooSlow(_ url: String) -> DownloadError {
        DownloadError(
            .timeout,
            "\(DisplayURL(url).text) takes longer than is allowed for one source in all; "
                + "use a faster one, or allow more time"
        )
    }

    static var seconds: Int { MonotonicClock.seconds }

    private func flush(_ state: inout State) throws(DownloadError) {
        if state.buffer.isEmpty { return }
        defer { state.buffer.removeAll(keepingCapacity: true) }
        // Bytes in place.
        let result = state.buffer.withUnsafeBytes { bytes in
            Result { () throws(DownloadError) in try file.append(bytes) }
        }
        try result.get()
    }

    private func checkMaximum(_ size: Int64) throws(DownloadError) {
        if size <= limits.maximum { return }
        throw DownloadError(
            .tooLarge,
            "\(DisplayURL(url).text) has more than the \(limits.maximum) bytes that a download may have; "
                + "raise the limit where that is meant"
        )
    }
}
