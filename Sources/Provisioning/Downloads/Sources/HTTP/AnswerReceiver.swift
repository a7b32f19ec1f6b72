internal import Synchronization

/// Turns the answer to one request for bytes into the calls of a ``ByteReceiver``.
final class AnswerReceiver: Sendable {
    /// What the answer was, beside bytes.
    enum Result: Sendable {
        case bytes
        case redirect(String)
        /// There is nothing at the offset; `total` is the size of what the server has.
        case outside(total: Int64?)
        case status(Int, retryAfter: Int?)
    }

    private struct State {
        var result: Result?
        var expected: Int64?
        var received: Int64 = 0
    }

    private let request: ByteRequest
    private let receiver: any ByteReceiver
    private let state = Mutex(State())

    init(_ request: ByteRequest, _ receiver: any ByteReceiver) {
        self.request = request
        self.receiver = receiver
    }

    /// `nil` before there was an answer.
    var result: Result? { state.withLock { $0.result } }

    var handlers: HTTPExchange.Handlers {
        HTTPExchange.Handlers(
            head: { [self] answer throws(DownloadError) in try take(answer) },
            body: { [self] bytes throws(DownloadError) in
                let isWanted = try state.withLock { state throws(DownloadError) in
                    guard case .bytes? = state.result else { return false }
                    state.received += Int64(bytes.count)
                    if let expected = state.expected, state.received > expected { throw wrongSize(state) }
                    return true
                }
                if isWanted { try receiver.receive(bytes) }
                return isWanted
            }
        )
    }

    /// After the end of the body: whether all of it came.
    func checkLength() throws(DownloadError) {
        try state.withLock { state throws(DownloadError) in
            if let expected = state.expected, state.received != expected { throw wrongSize(state) }
        }
    }

    private func wrongSize(_ state: State) -> DownloadError {
        let promised = state.expected.map { "\($0)" } ?? "more"
        return DownloadError(
            .wrongSize,
            "the server of \(DisplayURL(request.url).text) promised \(promised) bytes and sent \(state.received); "
                + "try again, and look into the server's log if it stays so",
            isTemporary: true
        )
    }

    /// The connection was cut.
    var cut: DownloadError { state.withLock { wrongSize($0) } }

    private func take(_ answer: HTTPExchange.Answer) throws(DownloadError) {
        let shown = DisplayURL(request.url).text
        let head: ContentHead
        var expected: Int64?
        switch answer.status {
        case 200:
            if request.end != nil {
                throw DownloadError(
                    .changed,
                    "the server of \(shown) sends all of the file where a part was asked for: it has changed, or the "
                        + "server does not serve parts"
                )
            }
            expected = answer.length
            let servesRanges = answer.headers["accept-ranges"]?.lowercased() == "bytes"
            head = ContentHead(size: expected, offset: 0, validator: answer.validator, servesRanges: servesRanges)
        case 206:
            guard let range = answer.range, let start = range.start, let end = range.end, start == request.offset,
                end <= request.end ?? end
            else {
                throw DownloadError(
                    .wrongSize,
                    "the server of \(shown) sends another part than the one asked for (from byte \(request.offset) on); "
                        + "serve the file from a web server that does byte ranges right"
                )
            }
            if answer.contradicts(request.validator) {
                throw DownloadError(
                    .changed,
                    "what the server of \(shown) has changed while it was read; ask for it again",
                    isTemporary: true
                )
            }
            expected = end - start
            head = ContentHead(size: range.total, offset: start, validator: answer.validator, servesRanges: true)
        case 416:
            return state.withLock { $0.result = .outside(total: answer.range?.total) }
        case 301, 302, 303, 307, 308:
            let location = answer.headers["location"]
            return state.withLock { state in
                state.result = location.map { .redirect($0) } ?? .status(answer.status, retryAfter: nil)
            }
        default:
            return state.withLock { $0.result = .status(answer.status, retryAfter: answer.retryAfter) }
        }
        let path = request.url.prefix { $0 != "?" && $0 != "#" }
        if let coding = answer.foreignCoding(path: String(path)) {
            throw DownloadError(
                .other,
                "the server of \(shown) sends the file in the coding '\(DisplayURL.printable(coding))', which was not "
                    + "asked for; switch off compression for it on the server"
            )
        }
        state.withLock { state in
            state.result = .bytes
            state.expected = expected
        }
        try receiver.begin(head)
    }
}
