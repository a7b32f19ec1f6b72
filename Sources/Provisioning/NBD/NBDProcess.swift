internal import Glibc

/// A server's process, told from a later one with the same number, also over a reboot.
struct NBDProcess: Equatable, Sendable {
    let pid: pid_t
    /// When it began, in the kernel's ticks (proc_pid_stat(5), field 22).
    let start: String
    /// Which run of the kernel (random(4)).
    let boot: String

    /// - Parameter text: `PID START BOOT`, as ``NBDLaunch`` has it written.
    init?(_ text: String) {
        let fields = text.split(whereSeparator: \.isWhitespace)
        guard fields.count == 3, let pid = pid_t(fields[0]), pid > 1, UInt64(fields[1]) != nil else { return nil }
        self.pid = pid
        start = String(fields[1])
        boot = String(fields[2])
    }

    /// Whether it still runs; one that has ended, but that nobody has waited for yet, does not.
    var isAlive: Bool {
        let now = NBDFiles.read("/proc/sys/kernel/random/boot_id")?.split(whereSeparator: \.isWhitespace).first
        guard now.map(String.init) == boot, let text = NBDFiles.read("/proc/\(pid)/stat"),
            let end = text.lastIndex(of: ")")
        else { return false }
        // The name before the parenthesis may have blanks; behind it follow the fields from the third on.
        let fields = text[end...].dropFirst().split(separator: " ")
        guard fields.count > 19, let state = fields.first else { return false }
        return String(fields[19]) == start && state != "Z" && state != "X"
    }

    /// Ends it, gently first.
    ///
    /// - Throws: `other` where it may not be ended, or does not end.
    func end() throws(DownloadError) {
        for (signal, seconds) in [(SIGTERM, 5), (SIGKILL, 10)] {
            if !isAlive { return }
            if kill(pid, signal) != 0 && errno != ESRCH {
                throw .system("cannot end the NBD server (process \(pid))")
            }
            if NBDClock.wait(seconds: seconds, until: { !isAlive }) { return }
        }
        throw DownloadError(
            .other,
            "the NBD server (process \(pid)) does not end; look at what it waits for in the kernel"
        )
    }
}

enum NBDClock {
    /// - Returns: whether `condition` became true.
    static func wait(seconds: Int, until condition: () -> Bool) -> Bool {
        let end = now + Double(seconds)
        while !condition() {
            if now > end { return false }
            usleep(20_000)
        }
        return true
    }

    /// Seconds of a clock that nobody sets.
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
