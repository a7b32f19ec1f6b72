internal import Synchronization

/// Lets one of several parts land in a partial file.
final class PartReceiver: ByteReceiver {
    private struct State {
        var buffer: [UInt8] = []
        /// Where the buffer belongs.
        var offset: Int64
    }

    private static let bufferSize = 256 << 10

    private let url: String
    private let file: PartialFile
    private let size: Int64
    private let range: Range<Int64>
    private let limits: LandingReceiver.Limits
    private let progress: DownloadProgress
    private let state: Mutex<State>

    /// - Parameter size: of the whole file.
    init(
        _ url: String,
        _ file: PartialFile,
        size: Int64,
        range: Range<Int64>,
        _ limits: LandingReceiver.Limits,
        _ progress: DownloadProgress
    ) {
        self.url = url
        self.file = file
        self.size = size
        self.range = range
        self.limits = limits
        self.progress = progress
        state = Mutex(State(offset: range.lowerBound))
    }

    func begin(_ head: ContentHead) throws(DownloadError) {
        if head.offset == range.lowerBound, head.size ?? size == size { return }
        throw DownloadError(.changed, "\(DisplayURL(url).text) has changed while it was read; ask for it again")
    }

    func receive(_ bytes: UnsafeRawBufferPointer) throws(DownloadError) {
        try state.withLock { state throws(DownloadError) in
            if state.offset + Int64(state.buffer.count + bytes.count) > range.upperBound {
                throw DownloadError(.wrongSize, "\(DisplayURL(url).text) sends more than the part that was asked for")
            }
            state.buffer.append(contentsOf: bytes)
            if state.buffer.count >= Self.bufferSize { try flush(&state) }
            if let deadline = limits.deadline, LandingReceiver.seconds > deadline {
                throw LandingReceiver.tooSlow(url)
            }
        }
    }

    /// Writes what is still held back. To be called at the end, however it came.
    func finish() throws(DownloadError) {
        try state.withLock { state throws(DownloadError) in try flush(&state) }
    }

    private func flush(_ state: inout State) throws(DownloadError) {
        if state.buffer.isEmpty { return }
        let offset = state.offset
        let result = state.buffer.withUnsafeBytes { bytes in
            Result { () throws(DownloadError) in try file.place(bytes, at: offset) }
        }
        try result.get()
        state.offset += Int64(state.buffer.count)
        state.buffer.removeAll(keepingCapacity: true)
        progress.update { $0.received = file.present }
    }
}
