internal import CLibvirt

/// What a guest does, and why, for programs; ``DomainState`` has the words for people.
public struct DomainStatus: Sendable, Equatable {
    /// `virDomainState`.
    public enum State: UInt32, Sendable {
        case noState, running, blocked, paused, shutdown, shutOff, crashed, pmSuspended
    }

    public let state: State
    /// Why, in libvirt's words: `booted`, `user`, `I/O error`, `destroyed`, …; `unknown` where it does not say.
    public let reason: String

    public init(_ state: State, _ reason: String = "unknown") {
        self.state = state
        self.reason = reason
    }

    init(state: Int32, reason: Int32) {
        self.state = State(rawValue: UInt32(bitPattern: state)) ?? .noState
        let names = Self.reasons[self.state] ?? []
        self.reason = names.indices.contains(Int(reason)) ? names[Int(reason)] : "unknown"
    }

    /// Whether there is a QEMU for it.
    public var isActive: Bool {
        switch state {
        case .running, .blocked, .paused, .shutdown, .pmSuspended: true
        // A crashed guest is kept only by on_crash=preserve, paused.
        case .crashed: reason == "panicked"
        case .noState, .shutOff: false
        }
    }

    /// The reason of a guest that QEMU has paused since it could not read or write for it.
    public static let ioError = "I/O error"

    /// In the order of libvirt's numbers.
    private static let reasons: [State: [String]] = [
        .running: [
            "unknown", "booted", "migrated", "restored", "snapshot", "unpaused", "migration canceled", "save canceled",
            "event wakeup", "crashed", "post-copy", "post-copy failed",
        ],
        .paused: [
            "unknown", "user", "migration", "save", "dump", ioError, "watchdog", "snapshot", "shutdown",
            "creating snapshot", "crashed", "starting up", "post-copy", "post-copy failed", "API error",
        ],
        .shutdown: ["unknown", "user"],
        .shutOff: [
            "unknown", "shutdown", "destroyed", "crashed", "migrated", "saved", "failed", "snapshot", "daemon",
        ],
        .crashed: ["unknown", "panicked"],
    ]
}

/// A guest in a list of all.
public struct DomainEntry: Sendable, Equatable {
    public let uuid: String
    public let name: String
    public let status: DomainStatus
    public let isPersistent: Bool

    public init(uuid: String, name: String, status: DomainStatus, isPersistent: Bool) {
        self.uuid = uuid
        self.name = name
        self.status = status
        self.isPersistent = isPersistent
    }
}

/// The machine that guests run on.
public struct NodeInfo: Sendable, Equatable {
    /// Logical processors.
    public let cpus: Int
    /// In MHz.
    public let cpuSpeed: Int
    /// In bytes.
    public let memory: Int64
    public let model: String
}
