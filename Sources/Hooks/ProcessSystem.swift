import CLinux
import Glibc

/// The real thing behind ``HookSystem``: this process and its files. Plain system calls, since start-up is what counts.
public struct ProcessSystem: HookSystem {
    /// libvirt waits from here on.
    private let started = Self.now()

    public init() {}

    public func standardInput() throws(HookError) -> [UInt8] {
        try readAll(STDIN_FILENO, "standard input")
    }

    public func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    public func readFile(_ path: String) throws(HookError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            var status = stat()
            if errno == ENOENT && lstat(path, &status) != 0 { return nil }
            throw HookError("cannot read \(path): \(reason())")
        }
        defer { close(descriptor) }
        return try readAll(descriptor, path)
    }

    /// Writes a neighbour and renames it over the file, so that nobody ever sees half a domain.
    public func replaceFile(_ path: String, with bytes: [UInt8]) throws(HookError) {
        // A link stays a link; what it points to is replaced.
        guard let resolved = realpath(path, nil) else { throw HookError("cannot write \(path): \(reason())") }
        let file = String(cString: resolved)
        free(resolved)
        let original = open(file, O_WRONLY | O_CLOEXEC)
        guard original >= 0 else { throw HookError("cannot write \(path): \(reason())") }
        defer { close(original) }
        var status = stat()
        guard fstat(original, &status) == 0 else { throw HookError("cannot write \(path): \(reason())") }

        var template = Array((file + ".hostler-XXXXXX").utf8CString)
        let copy = mkstemp(&template)
        guard copy >= 0 else { throw HookError("cannot write beside \(path): \(reason())") }
        let temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        do throws(HookError) {
            defer { close(copy) }
            guard fchmod(copy, status.st_mode & 0o7777) == 0,
                fchown(copy, status.st_uid, status.st_gid) == 0 || errno == EPERM
            else { throw HookError("cannot write beside \(path): \(reason())") }
            guard Self.writeAll(copy, bytes) else { throw HookError("cannot write beside \(path): \(reason())") }
            guard rename(temporary, file) == 0 else { throw HookError("cannot replace \(path): \(reason())") }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Runs the `hostler` that is beside this program. Its input and its answers are files in memory, so that neither of the
    /// two ever waits for the other to read. It gets what is left of the time that a hook may take, and a little where
    /// nothing is left.
    public func hostler(_ arguments: [String], input: [UInt8]) throws(HookError) -> HostlerAnswer {
        let path = try Self.neighbour("hostler")
        var files: [Int32] = []
        defer { files.forEach { close($0) } }
        for name in ["input", "output", "errors"] {
            let file = hostler_memfd_create("hostler-" + name)
            guard file >= 0 else { throw HookError("cannot run \(path): \(reason())") }
            files.append(file)
        }
        guard Self.writeAll(files[0], input), lseek(files[0], 0, SEEK_SET) == 0 else {
            throw HookError("cannot run \(path): \(reason())")
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, file) in zip(Int32(0)..., files) {
            posix_spawn_file_actions_adddup2(&actions, file, descriptor)
        }
        var vector = ([path] + arguments).map { strdup($0) } + [nil]
        defer { vector.forEach { free($0) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, path, &actions, nil, &vector, environ)
        guard failure == 0 else { throw HookError("cannot run \(path): \(String(cString: strerror(failure)))") }
        var status: Int32 = 0
        let limit = max(longestWork - (Self.now() - started), Self.leastWork)
        guard Self.hasEnded(process, within: limit) else {
            // Not waited for any more: what the disk holds up does not die at once.
            kill(process, SIGKILL)
            throw HookError(
                "\(path) has not ended within \(limit / 1000) s and was stopped: "
                    + "look whether the disk of /var/lib/hostler answers, then try again"
            )
        }
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw HookError("cannot wait for \(path): \(reason())") }
        }
        guard status & 0x7F == 0 else { throw HookError("\(path) was ended by signal \(status & 0x7F)") }
        var answers: [[UInt8]] = []
        for file in files.dropFirst() {
            guard lseek(file, 0, SEEK_SET) == 0 else { throw HookError("cannot read from \(path): \(reason())") }
            answers.append(try readAll(file, path))
        }
        return HostlerAnswer(status: (status >> 8) & 0xFF, output: answers[0], errors: answers[1])
    }

    /// - Parameter milliseconds: how long to wait.
    private static func hasEnded(_ process: pid_t, within milliseconds: Int) -> Bool {
        let deadline = now() + milliseconds
        let descriptor = hostler_pidfd_open(process)
        if descriptor >= 0 {
            defer { close(descriptor) }
            return isReady(descriptor, POLLIN, deadline)
        }
        // A kernel without it; what has ended stays to be waited for.
        var state = siginfo_t()
        while waitid(P_PID, id_t(process), &state, WEXITED | WNOHANG | WNOWAIT) == 0 {
            if hostler_siginfo_pid(&state) != 0 { return true }
            if now() >= deadline { return false }
            usleep(5_000)
        }
        return true
    }

    /// The program of that name in the folder of this one.
    private static func neighbour(_ name: String) throws(HookError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { throw HookError("cannot find \(name): \(String(cString: strerror(errno)))") }
        let own = buffer[..<count].map { UInt8(bitPattern: $0) }
        let folder = own[..<(own.lastIndex(of: UInt8(ascii: "/")) ?? 0)]
        return String(decoding: folder, as: UTF8.self) + "/" + name
    }

    /// Writes a response to standard output and standard error.
    ///
    /// - Returns: the status to exit with: the response's, or 74 (EX_IOERR) where its output could not be written.
    public func deliver(_ response: HookResponse) -> Int32 {
        let isWritten = response.output.isEmpty || Self.writeAll(STDOUT_FILENO, response.output)
        let why = isWritten ? "" : reason()
        // Behind the output: CloudStack's agent reads both as one stream.
        for message in response.messages { _ = Self.writeAll(STDERR_FILENO, Array((message + "\n").utf8)) }
        if isWritten { return response.exitCode }
        _ = Self.writeAll(STDERR_FILENO, Array("hostler: cannot write the domain: \(why)\n".utf8))
        return 74
    }

    private func readAll(_ descriptor: Int32, _ name: String) throws(HookError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = 64 << 10
        while bytes.count <= maximumInput {
            let old = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: chunk))
            let count = bytes.withUnsafeMutableBytes { buffer in
                read(descriptor, buffer.baseAddress?.advanced(by: old), chunk)
            }
            bytes.removeLast(chunk - max(count, 0))
            if count < 0 && errno != EINTR { throw HookError("cannot read \(name): \(reason())") }
            if count == 0 { break }
            chunk = min(max(chunk, bytes.count), maximumInput + 1 - min(bytes.count, maximumInput))
        }
        return bytes
    }

    private static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                write(descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0 && errno != EINTR { return false }
            written += max(count, 0)
        }
        return true
    }

    private func reason() -> String { String(cString: strerror(errno)) }
}

extension Invocation {
    /// How this process was called.
    public static var current: Invocation {
        let arguments = UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
        return Invocation(
            arguments.map { pointer in
                guard let pointer else { return [] }
                return Array(UnsafeRawBufferPointer(start: pointer, count: strlen(pointer)))
            }
        )
    }
}
