internal import CLibvirt

/// What a guest does, and why.
public struct DomainState: Sendable, Equatable {
    /// As virsh calls it: `running`, `paused`, `shut off`, …
    public let name: String
    /// Why a paused guest is paused; `nil` for other states, and where libvirt does not know.
    public let reason: String?

    public init(name: String, reason: String? = nil) {
        self.name = name
        self.reason = reason
    }

    /// From libvirt's numbers.
    init(state: Int32, reason: Int32) {
        let state = virDomainState(rawValue: UInt32(bitPattern: state))
        name = Self.names[state.rawValue] ?? "unknown"
        self.reason =
            state == VIR_DOMAIN_PAUSED ? Self.pauseReasons[UInt32(bitPattern: reason)] : nil
    }

    private static let names: [UInt32: String] = [
        VIR_DOMAIN_RUNNING.rawValue: "running",
        VIR_DOMAIN_BLOCKED.rawValue: "idle",
        VIR_DOMAIN_PAUSED.rawValue: "paused",
        VIR_DOMAIN_SHUTDOWN.rawValue: "in shutdown",
        VIR_DOMAIN_SHUTOFF.rawValue: "shut off",
        VIR_DOMAIN_CRASHED.rawValue: "crashed",
        VIR_DOMAIN_PMSUSPENDED.rawValue: "suspended",
    ]

    private static let pauseReasons: [UInt32: String] = [
        VIR_DOMAIN_PAUSED_USER.rawValue: "by a user",
        VIR_DOMAIN_PAUSED_MIGRATION.rawValue: "for a migration",
        VIR_DOMAIN_PAUSED_SAVE.rawValue: "for saving it",
        VIR_DOMAIN_PAUSED_DUMP.rawValue: "for dumping it",
        VIR_DOMAIN_PAUSED_IOERROR.rawValue: "by an I/O error",
        VIR_DOMAIN_PAUSED_WATCHDOG.rawValue: "by its watchdog",
        VIR_DOMAIN_PAUSED_FROM_SNAPSHOT.rawValue: "by a snapshot",
        VIR_DOMAIN_PAUSED_SHUTTING_DOWN.rawValue: "while it shuts down",
        VIR_DOMAIN_PAUSED_SNAPSHOT.rawValue: "for a snapshot",
        VIR_DOMAIN_PAUSED_CRASHED.rawValue: "by a crash",
        VIR_DOMAIN_PAUSED_STARTING_UP.rawValue: "while it starts",
        VIR_DOMAIN_PAUSED_POSTCOPY.rawValue: "for a migration",
        VIR_DOMAIN_PAUSED_POSTCOPY_FAILED.rawValue: "by a broken migration",
    ]
}
