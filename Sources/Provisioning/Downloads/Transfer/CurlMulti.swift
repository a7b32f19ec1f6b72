internal import CLibcurl

/// Owns a libcurl multi handle.
final class CurlMulti: @unchecked Sendable {
    // Checked by hand: the pointer never changes; `wake` may be called from any thread (curl_multi_wakeup(3)), and all
    // else is called from the one thread of the engine that there is at a time.
    private let multi: UnsafeMutableRawPointer

    init?() {
        guard let multi = curl_multi_init() else { return nil }
        self.multi = multi
    }

    deinit { curl_multi_cleanup(multi) }

    func add(_ exchange: HTTPExchange) -> Bool { curl_multi_add_handle(multi, exchange.handle) == CURLM_OK }

    func remove(_ exchange: HTTPExchange) { curl_multi_remove_handle(multi, exchange.handle) }

    func wake() { curl_multi_wakeup(multi) }

    /// Waits until there is something to do.
    func wait(milliseconds: Int32) { curl_multi_poll(multi, nil, 0, milliseconds, nil) }

    /// Does what can be done without waiting.
    ///
    /// - Returns: the handles of those that have ended.
    func perform() -> [(handle: UnsafeMutableRawPointer, code: CURLcode)] {
        var running: Int32 = 0
        curl_multi_perform(multi, &running)
        var ended: [(UnsafeMutableRawPointer, CURLcode)] = []
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            if message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle {
                ended.append((easy, hostler_curl_message_result(message)))
            }
        }
        return ended
    }
}
