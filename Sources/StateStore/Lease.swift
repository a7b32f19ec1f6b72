/// The number of a lease; none is given twice.
public struct LeaseID: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int64
    public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// What is left of a lease (etcd's `LeaseTimeToLiveResponse`).
public struct LeaseStatus: Equatable, Sendable {
    public let id: LeaseID
    /// Seconds that it was granted for.
    public let grantedTTL: Int64
    /// Seconds until it expires unless kept alive, rounded down.
    public let ttl: Int64
    /// The keys that vanish with it, ordered.
    public let keys: [String]
}

/// A moment by both of the kernel's clocks.
struct Moment: Equatable, Sendable {
    /// Milliseconds since 1970 (`CLOCK_REALTIME`): goes on over a reboot, but is set by people and NTP.
    var wall: Int64
    /// Which run of the kernel `uptime` is about; empty where the kernel does not say.
    var boot: String
    /// Milliseconds since the kernel booted, suspension included (`CLOCK_BOOTTIME`): nobody can set it.
    var uptime: Int64
}

/// Where the time comes from.
struct StateClock: Sendable {
    let now: @Sendable () -> Moment
}
