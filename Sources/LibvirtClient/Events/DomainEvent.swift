internal import CLibvirt
internal import CLibvirtLoader

/// Something that happened to a guest, as libvirt tells it (`virConnectDomainEventRegisterAny`).
public struct DomainEvent: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case lifecycle(LifecycleEvent)
        /// QEMU could not read or write for the guest.
        case ioError(IOErrorEvent)
        /// Somebody changed its metadata without defining it anew (`virsh metadata`, `virsh desc`).
        case metadataChanged
        /// It was reset, by itself or from outside.
        case rebooted
    }

    /// Lower-case, as libvirt writes it.
    public let uuid: String
    public let name: String
    public let kind: Kind

    public init(uuid: String, name: String, kind: Kind) {
        self.uuid = uuid
        self.name = name
        self.kind = kind
    }

    /// - Returns: `nil` for what nobody here wants to know.
    init?(_ event: hostler_event) {
        uuid = Self.text(event.uuid)
        name = Self.text(event.name)
        switch virDomainEventID(rawValue: UInt32(bitPattern: event.kind)) {
        case VIR_DOMAIN_EVENT_ID_LIFECYCLE:
            guard let lifecycle = LifecycleEvent(event: event.number, detail: event.detail) else { return nil }
            kind = .lifecycle(lifecycle)
        case VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON:
            kind = .ioError(
                IOErrorEvent(
                    alias: Self.text(event.alias),
                    isPaused: event.number == Int32(bitPattern: VIR_DOMAIN_EVENT_IO_ERROR_PAUSE.rawValue),
                    reason: Self.text(event.reason)
                )
            )
        case VIR_DOMAIN_EVENT_ID_METADATA_CHANGE: kind = .metadataChanged
        case VIR_DOMAIN_EVENT_ID_REBOOT: kind = .rebooted
        default: return nil
        }
    }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
}

/// An I/O error that QEMU has met.
public struct IOErrorEvent: Sendable, Equatable {
    /// The device's alias in the domain; empty where libvirt does not know.
    public let alias: String
    /// Whether the guest was paused for it (`error_policy`, `rerror_policy`).
    public let isPaused: Bool
    /// `enospc`, or empty.
    public let reason: String

    public init(alias: String, isPaused: Bool, reason: String = "") {
        self.alias = alias
        self.isPaused = isPaused
        self.reason = reason
    }
}

/// A step in a guest's life: `virDomainEventType`, and why in the words of `virsh event`.
public struct LifecycleEvent: Sendable, Equatable, CustomStringConvertible {
    public enum Step: String, Sendable, CaseIterable {
        case defined, undefined, started, suspended, resumed, stopped, shutdown, pmsuspended, crashed
    }

    public let step: Step
    /// `booted`, `destroyed`, `I/O error`, …; `unknown` for what later versions add.
    public let detail: String

    public init(_ step: Step, _ detail: String) {
        self.step = step
        self.detail = detail
    }

    /// - Returns: `nil` for a type that later versions add.
    init?(event: Int32, detail: Int32) {
        guard Step.allCases.indices.contains(Int(event)) else { return nil }
        step = Step.allCases[Int(event)]
        let names = Self.details[step] ?? []
        self.detail = names.indices.contains(Int(detail)) ? names[Int(detail)] : "unknown"
    }

    public var description: String { "\(step.rawValue) (\(detail))" }

    /// In the order of libvirt's numbers.
    private static let details: [Step: [String]] = [
        .defined: ["added", "updated", "renamed", "snapshot"],
        .undefined: ["removed", "renamed"],
        .started: ["booted", "migrated", "restored", "snapshot", "event wakeup", "recovered"],
        .suspended: [
            "paused", "migrated", "I/O error", "watchdog", "restored", "snapshot", "API error", "post-copy",
            "post-copy failed",
        ],
        .resumed: ["unpaused", "migrated", "snapshot", "post-copy", "post-copy failed"],
        .stopped: ["shutdown", "destroyed", "crashed", "migrated", "saved", "failed", "snapshot"],
        .shutdown: ["finished", "guest request", "host request"],
        .pmsuspended: ["memory", "disk"],
        .crashed: ["panicked", "crashloaded"],
    ]
}
