/// What libvirt has called the hook for, as it is told to `hostlerd`.
public struct DaemonCall: Equatable, Sendable {
    /// libvirt's arguments, as the bytes that came: GUEST OPERATION SUB-OPERATION EXTRA.
    public let arguments: [[UInt8]]
    /// Whether the daemon has something to make or to remove, which may take its time; else it only takes note.
    public let isWork: Bool

    public init(arguments: [[UInt8]], isWork: Bool) {
        self.arguments = arguments
        self.isWork = isWork
    }
}

/// What came of it.
public enum DaemonOutcome: Equatable, Sendable {
    /// Nobody listens.
    case absent
    /// Somebody listens who gave no answer, or none that can be understood: one sentence.
    case silent(String)
    /// It is done. Lines `path ROLE=PATH` say where files are that are somewhere else than the domain says, lines
    /// `warning SENTENCE` what is odd.
    case done([String])
    /// The operation must not go on: one sentence.
    case refused(String)
}

/// The daemon, as hooks see it: a seam, so that contracts are tested without it.
public protocol DaemonPort {
    /// Tells the daemon of `call` and waits for its answer, for a bounded time: libvirt holds the guest meanwhile.
    ///
    /// - Parameter domain: the domain's XML, asked for only where somebody listens.
    /// - Throws: what `domain` throws.
    func daemon(_ call: DaemonCall, domain: () throws(HookError) -> [UInt8]) throws(HookError) -> DaemonOutcome
}
