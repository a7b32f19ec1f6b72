/// Takes a document that is small, and nothing that is none.
final class DocumentReceiver: ByteReceiver {
    private struct State {
        var bytes: [UInt8] = []
        var isWanted: Bool
        var isDropped = false
        var validator: ContentValidator?
    }

    private let state: Monitor<State>

    /// - Parameter isWanted: whether it is one whatever it begins with.
    init(isWanted: Bool) { state = Monitor(State(isWanted: isWanted)) }

    /// Whether it was seen to be something else.
    var isDropped: Bool { state.withLock { $0.isDropped } }

    /// `nil` where it is something else.
    var document: [UInt8]? {
        state.withLock { state in
            let isOne = state.isWanted || Metalink.isDocument(state.bytes)
            return state.isDropped || !isOne ? nil : state.bytes
        }
    }

    /// Of what was read.
    var validator: ContentValidator? { state.withLock { $0.validator } }

    func begin(_ head: ContentHead) throws(DownloadError) {
        state.withLock { state in
            state.bytes = []
            state.validator = head.validator
        }
    }

    func receive(_ bytes: UnsafeRawBufferPointer) throws(DownloadError) {
        let isTooMuch = state.withLock { state in
            state.bytes += bytes
            if !state.isWanted && state.bytes.count >= Metalink.detectionSize {
                if Metalink.isDocument(state.bytes) { state.isWanted = true } else { state.isDropped = true }
            }
            return state.isDropped || state.bytes.count > Metalink.maximumSize
        }
        if isTooMuch { throw DownloadError(.badMetalink, "the metalink has more than \(Metalink.maximumSize) bytes") }
    }
}
