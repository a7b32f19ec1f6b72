internal import Glibc
internal import Operations

/// The daemon that runs libvirt's qemu hooks.
struct Daemon {
    let name: String
    /// Nanoseconds since 1970.
    let startTime: Int

    /// `nil` where none runs, or none that can be seen from here.
    static func running() throws(SystemError) -> Daemon? {
        for entry in try Files.names("/proc") where Int32(entry) != nil {
            // Processes come and go while we look; one that is gone has no name.
            guard let name = try Files.text("/proc/\(entry)/comm")?.split(separator: "\n").first,
                name == "libvirtd" || name == "virtqemud",
                let status = try Files.text("/proc/\(entry)/stat"),
                let start = startTime(status)
            else { continue }
            return Daemon(name: String(name), startTime: start)
        }
        return nil
    }

    /// From proc(5): the 22nd field is in clock ticks since the system started. The 2nd may hold blanks and brackets.
    private static func startTime(_ status: String) -> Int? {
        guard let bracket = status.lastIndex(of: ")") else { return nil }
        let fields = status[status.index(after: bracket)...].split(separator: " ")
        guard fields.count > 19, let ticks = Int(fields[19]) else { return nil }
        var now = timespec()
        var sinceBoot = timespec()
        guard clock_gettime(CLOCK_REALTIME, &now) == 0, clock_gettime(CLOCK_BOOTTIME, &sinceBoot) == 0 else {
            return nil
        }
        let boot = Files.nanoseconds(now) - Files.nanoseconds(sinceBoot)
        return boot + ticks * (1_000_000_000 / sysconf(Int32(_SC_CLK_TCK)))
    }
}
