internal import CLinux
internal import Glibc

/// One run of a program of the system: without a shell, with an environment of its own, under limits, and dead with the
/// thread that waits for it.
struct ChildProgram {
    /// What the kernel enforces (`prlimit(1)`).
    struct Limits {
        /// Bytes of memory.
        var memory: Int64 = 2 << 30
        /// Seconds of a processor.
        var processorTime: Int?
        /// Bytes that a file may have.
        var fileSize: Int64?
        /// Seconds of the clock, after which it is killed.
        var timeout = 60
    }

    /// The program and its arguments. They are visible to everybody on the host.
    var arguments: [String]
    var limits = Limits()

    private static let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TMPDIR=/var/tmp"]
    private static let maximumOutput = 4 << 20
    /// Milliseconds between two looks at the clock, and at whether it is still wanted.
    private static let tick: Int32 = 200

    /// The limits are set by programs of util-linux, which then become the program; nothing is looked up through a PATH
    /// of ours.
    private var vector: [String] {
        var all = [
            "/usr/bin/setpriv", "--pdeathsig", "KILL", "--", "/usr/bin/prlimit", "--core=0", "--as=\(limits.memory)",
        ]
        if let seconds = limits.processorTime { all.append("--cpu=\(seconds)") }
        if let size = limits.fileSize { all.append("--fsize=\(size)") }
        return all + ["--"] + arguments
    }

    /// Runs it to its end.
    ///
    /// - Parameters:
    ///   - heard: takes its output as it comes.
    ///   - check: called now and then; what it throws kills the program and is thrown here.
    /// - Returns: its output.
    /// - Throws: `other` where it fails, with the last thing that it said; `timeout`.
    @discardableResult
    func run(
        heard: (UnsafeRawBufferPointer) -> Void = { _ in },
        check: () throws(DownloadError) -> Void = {}
    ) throws(DownloadError) -> [UInt8] {
        let output = try Pipe()
        let errors = try Pipe()
        let child = try spawn(output, errors)
        output.closeWriting()
        errors.closeWriting()
        var said: [UInt8] = []
        var complained: [UInt8] = []
        let end = Self.now() + limits.timeout
        var polled = [pollfd(fd: output.reading, events: Int16(POLLIN), revents: 0)]
        polled.append(pollfd(fd: errors.reading, events: Int16(POLLIN), revents: 0))
        // poll(2) passes over what is less than 0.
        while polled.contains(where: { $0.fd >= 0 }) {
            try check()
            if Self.now() >= end {
                throw DownloadError(.timeout, "\(name) has not ended within \(limits.timeout) s and was stopped")
            }
            if poll(&polled, nfds_t(polled.count), Self.tick) < 0 && errno != EINTR {
                throw .system("cannot wait for \(name)")
            }
            if polled[0].revents != 0,
                !Self.drain(
                    &polled[0],
                    { bytes in
                        heard(bytes)
                        if said.count < Self.maximumOutput { said += bytes }
                    }
                )
            {
                polled[0].fd = -1
            }
            if polled[1].revents != 0, !Self.drain(&polled[1], { complained = Array((complained + $0).suffix(4096)) }) {
                polled[1].fd = -1
            }
        }
        let status = child.wait()
        if status != 0 { throw failure(status, complained) }
        return said
    }

    private var name: String { arguments.first.map { String($0.split(separator: "/").last ?? "") } ?? "a program" }

    private func failure(_ status: Int32, _ complained: [UInt8]) -> DownloadError {
        let lines = String(decoding: complained, as: UTF8.self).split(whereSeparator: \.isNewline)
        let last = lines.last.map { DisplayURL.printable($0, limit: 600) } ?? "it says nothing"
        let signal = status & 0x7F
        if signal != 0 {
            return DownloadError(
                .other,
                "\(name) was ended by signal \(signal), as when it needs more than it may: \(last)"
            )
        }
        // What is shown may be cut off.
        if lines.last?.contains("No space left on device") == true {
            return DownloadError(.noSpace, "\(name) fails: \(last); free space there or choose another pool")
        }
        return DownloadError(.other, "\(name) fails: \(last)")
    }

    private func spawn(_ output: Pipe, _ errors: Pipe) throws(DownloadError) -> Child {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output.writing, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.writing, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads of a daemon block signals, which it would inherit.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = vector.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = Self.environment.map { strdup($0) } + [nil]
        defer { (words + variables).forEach { free($0) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, vector[0], &actions, &attributes, &words, &variables)
        if failure != 0 { throw .system("cannot run \(vector[0]) for \(name)", number: failure) }
        return Child(process)
    }

    private static func drain(_ polled: inout pollfd, _ take: (UnsafeRawBufferPointer) -> Void) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 16) { buffer in
            let count = read(polled.fd, buffer.baseAddress, buffer.count)
            if count > 0 { take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
            return count > 0 || (count < 0 && errno == EINTR)
        }
    }

    private static func now() -> Int { MonotonicClock.seconds }
}

/// Two ends, closed with their owner, and not handed on but by name.
private final class Pipe {
    let reading: Int32
    private(set) var writing: Int32

    init() throws(DownloadError) {
        var ends: [Int32] = [-1, -1]
        if hostler_pipe(&ends) != 0 { throw .system("cannot make a pipe") }
        reading = ends[0]
        writing = ends[1]
    }

    deinit {
        closeWriting()
        close(reading)
    }

    func closeWriting() {
        if writing >= 0 { close(writing) }
        writing = -1
    }
}

/// A running process, which does not outlive its owner.
private final class Child {
    private let process: pid_t
    private var hasEnded = false

    init(_ process: pid_t) { self.process = process }

    deinit {
        if hasEnded { return }
        kill(process, SIGKILL)
        wait()
    }

    @discardableResult
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            // Somebody else has waited for all children: there is no status to be had.
            if errno != EINTR { return -1 }
        }
        hasEnded = true
        return status
    }
}
