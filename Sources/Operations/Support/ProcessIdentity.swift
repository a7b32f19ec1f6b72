internal import Glibc

/// Which process something belongs to, over the reuse of process ids and over reboots.
package struct ProcessIdentity: Codable, Equatable, Sendable {
    /// Which run of the kernel (random(4)).
    package var boot: String
    package var pid: Int32
    /// When the process began, in the kernel's ticks (proc_pid_stat(5), field 22).
    package var start: String

    package init(boot: String, pid: Int32, start: String) {
        self.boot = boot
        self.pid = pid
        self.start = start
    }

    package static let current = ProcessIdentity(boot: bootID, pid: getpid(), start: start(of: getpid()) ?? "")

    /// Whether the process still runs.
    package var isAlive: Bool { boot == Self.bootID && Self.start(of: pid) == start }

    private static let bootID = String((file("/proc/sys/kernel/random/boot_id") ?? "").prefix { $0 != "\n" })

    private static func start(of pid: pid_t) -> String? {
        guard let text = file("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        // The name before the parenthesis may have blanks; behind it follow the fields from the third on.
        let fields = text[end...].dropFirst().split(separator: " ")
        return fields.count > 19 ? String(fields[19]) : nil
    }

    private static func file(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
