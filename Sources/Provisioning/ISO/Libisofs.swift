internal import CLibisofs
internal import Synchronization

/// The library as a whole: started once, and one caller at a time.
///
/// libisofs keeps its messages in one queue for the process, so that two callers at once would get each other's
/// complaints, and ranks its stream classes in a list that it does not lock.
enum Libisofs {
    private struct State {
        /// What `iso_init` said; `nil` before the first use.
        var started: Int32?
    }

    private static let state = Mutex(State())

    static func exclusively<Result: Sendable>(
        _ body: () throws(ConfigDriveError) -> Result
    ) throws(ConfigDriveError) -> Result {
        try state.withLock { (state) throws(ConfigDriveError) -> Result in
            if state.started == nil { state.started = start() }
            if let code = state.started, code < 0 { throw complaint("the ISO library does not start", code) }
            discardMessages()
            return try body()
        }
    }

    /// Names are taken as UTF-8 whatever the locale says, and nothing is ever written to stderr.
    private static func start() -> Int32 {
        let code = iso_init()
        if code < 0 { return code }
        var queued = Array("FAILURE".utf8CString)
        var printed = Array("NEVER".utf8CString)
        var prefix = Array("".utf8CString)
        let quiet = iso_set_msgs_severities(&queued, &printed, &prefix)
        if quiet < 0 { return quiet }
        var charset = Array("UTF-8".utf8CString)
        let set = iso_set_local_charset(&charset, 0)
        return set < 0 ? set : code
    }

    /// Checks what a function of libisofs returned.
    static func check(_ code: Int32, _ action: @autoclosure () -> String) throws(ConfigDriveError) {
        if code < 0 { throw complaint(action(), code) }
    }

    /// What a function of libisofs makes and hands out through its last parameter.
    static func made<Pointer>(
        _ action: @autoclosure () -> String,
        _ make: (inout Pointer?) -> Int32
    ) throws(ConfigDriveError) -> Pointer {
        var made: Pointer?
        try check(make(&made), action())
        guard let made else { throw complaint(action(), 0) }
        return made
    }

    /// - Parameter code: 0 where only the messages know.
    static func complaint(_ action: String, _ code: Int32) -> ConfigDriveError {
        var reasons = messages()
        if reasons.isEmpty, code < 0, let text = iso_error_to_msg(code) { reasons = [String(cString: text)] }
        let reason = reasons.isEmpty ? "it does not say why" : reasons.joined(separator: ", ")
        return ConfigDriveError(.library, "\(action): \(DisplayURL.printable(reason).lowercased())")
    }

    private static func messages() -> [String] {
        var found: [String] = []
        var threshold = Array("FAILURE".utf8CString)
        var text = [CChar](repeating: 0, count: Int(ISO_MSGS_MESSAGE_LEN))
        var severity = [CChar](repeating: 0, count: 80)
        var code: Int32 = 0
        var image: Int32 = 0
        while iso_obtain_msgs(&threshold, &code, &image, &text, &severity) == 1 {
            found.append(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        return found
    }

    private static func discardMessages() {
        var threshold = Array("NEVER".utf8CString)
        var text = [CChar](repeating: 0, count: Int(ISO_MSGS_MESSAGE_LEN))
        var severity = [CChar](repeating: 0, count: 80)
        var code: Int32 = 0
        var image: Int32 = 0
        _ = iso_obtain_msgs(&threshold, &code, &image, &text, &severity)
    }
}
