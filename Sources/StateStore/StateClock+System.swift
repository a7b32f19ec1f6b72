internal import Glibc

extension StateClock {
    /// The kernel's clocks.
    static let system: StateClock = {
        let boot = bootID()
        return StateClock {
            Moment(wall: milliseconds(CLOCK_REALTIME), boot: boot, uptime: milliseconds(CLOCK_BOOTTIME))
        }
    }()

    /// `random(4)`: an UUID that the kernel makes once per boot. Without it leases go by the wall clock alone.
    private static func bootID() -> String {
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 36)
        return read(descriptor, &bytes, bytes.count) == bytes.count ? String(decoding: bytes, as: UTF8.self) : ""
    }

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
