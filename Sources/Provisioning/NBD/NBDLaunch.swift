internal import CLinux
internal import Glibc

/// Starts the nbdkit of one guest as a daemon of its own: a session of its own, nobody's child, with none of our files.
///
/// Its arguments, which all users of the host can see, hold the URL with its query: nbdkit's curl plugin takes it in no
/// other way. It is the same with direct delivery, where libvirt writes it into QEMU's arguments.
///
/// Filters, from the guest inwards (nbdkit-cache-filter(1), nbdkit-retry-filter(1)): `cache` keeps what was read once;
/// `retry` opens the URL again after an error. Not `readahead`: it does nothing beside `retry` and the curl plugin,
/// which take one request at a time (nbdkit-readahead-filter(1)); the cache's large blocks stand for it.
///
/// The curl plugin follows redirects without a number, but never away from https; libcurl ends a circle by the size of
/// the headers, and each request by `timeout`.
struct NBDLaunch {
    let program: String
    let files: NBDFiles
    let record: NBDRecord

    private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    /// `POSIX_SPAWN_SETSID`, which spawn.h shows to GNU sources only.
    private static let setSession: Int32 = 0x80
    /// Writes down which process it is, and only then becomes nbdkit, which keeps number and start: so there is never a
    /// server that nobody knows of. $0 is the pid file.
    private static let script = #"""
        cd / || exit
        (
          read -r pid _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ start _ </proc/self/stat &&
          read -r boot </proc/sys/kernel/random/boot_id &&
          umask 077 && echo "$pid $start $boot" >"$0" && exec "$@"
        ) &
        """#

    /// Starts it, and waits until it listens and its reader may connect.
    ///
    /// Whether the URL can be read is not known by then: nbdkit opens it for each connection.
    func start() throws(DownloadError) {
        try files.remove(keepsRecord: true)
        try spawn()
        var process: NBDProcess?
        let isReady = NBDClock.wait(seconds: 20) {
            process = process ?? files.process
            guard let process else { return false }
            return !process.isAlive || NBDProbe.listens(files.socket)
        }
        guard isReady, let process, process.isAlive else {
            let seen = process == nil ? "does not begin" : isReady ? "ends at once" : "does not listen"
            let error = NBDComplaint(url: record.url).error(NBDFiles.read(files.log) ?? "", seen: seen)
            try process?.end()
            throw error
        }
        try handOver()
    }

    /// To the reader alone. nbdkit makes its socket so that only its owner, who is us, can connect.
    private func handOver() throws(DownloadError) {
        let shown = "cannot hand over '\(DisplayURL.printable(files.socket))'"
        if chmod(files.socket, 0o600) != 0 { throw .system(shown) }
        guard let reader = record.options.reader else { return }
        if lchown(files.socket, reader.user, reader.group) != 0 { throw .system(shown) }
    }

    /// - Throws: `missingProgram` where there is no nbdkit.
    private func executable() throws(DownloadError) -> String {
        let candidates = program.contains("/") ? [program] : Self.path.split(separator: ":").map { "\($0)/\(program)" }
        guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else {
            throw DownloadError(
                .missingProgram,
                "there is no nbdkit, which cached delivery needs; install it (Debian's package nbdkit)"
            )
        }
        return found
    }

    var arguments: [String] {
        let options = record.options
        var list = ["-f", "-r", "-U", files.socket]
        if let user = Self.unprivileged { list += ["-u", "\(user.user)", "-g", "\(user.group)"] }
        // What QEMU under SELinux may connect to (libvirt's own label for such sockets).
        if access("/sys/fs/selinux/enforce", F_OK) == 0 {
            list.append("--selinux-label=system_u:object_r:svirt_socket_t:s0")
        }
        list += [
            "--filter=cache", "--filter=retry", "curl", "url=\(Self.percentEncoded(record.url))", "protocols=https",
            "timeout=\(options.timeout)", "cache-on-read=true", "cache-min-block-size=\(options.blockSize)",
            "cache-max-size=\(options.cacheSize)", "retries=\(options.retries)", "retry-delay=\(options.retryDelay)",
            "retry-exponential=no",
        ]
        // Both count: a file and a folder of authorities. One that is not there would make every certificate bad.
        if let file = options.caFile, access(file, R_OK) == 0 { list.append("cainfo=\(file)") }
        if let folder = options.trustFolder, access(folder, R_OK | X_OK) == 0 { list.append("capath=\(folder)") }
        if !options.verifies { list.append("sslverify=false") }
        return list
    }

    private func spawn() throws(DownloadError) {
        let nbdkit = try executable()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_TRUNC | O_NOFOLLOW
        posix_spawn_file_actions_addopen(&actions, 2, files.log, flags, 0o600)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What we block or ignore is no business of a daemon's, which would never end.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let wishes = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | Self.setSession
        posix_spawnattr_setflags(&attributes, Int16(wishes))
        let words = ["/bin/sh", "-c", Self.script, files.pid, nbdkit] + arguments
        var vector: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { (vector + variables).forEach { free($0) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, "/bin/sh", &actions, &attributes, &vector, &variables)
        if failure != 0 { throw .system("cannot start nbdkit", number: failure) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    }

    /// nbdkit puts its cache into TMPDIR; libcurl takes proxies from the environment, where a password in them is not
    /// seen by others.
    private var environment: [String] {
        let names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"]
        let proxies = names.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
        return ["PATH=\(Self.path)", "LC_ALL=C", "TMPDIR=\(record.options.cacheFolder)"] + proxies
    }

    /// Whom nbdkit runs as, once it has its socket and its cache; `nil` where we may not change that, or could then not
    /// end it any more.
    private static let unprivileged: NBDOptions.Reader? = {
        if geteuid() != 0 { return nil }
        let line = NBDFiles.read("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        guard let text = line?.split(whereSeparator: \.isWhitespace).last, let held = UInt64(text, radix: 16) else {
            return nil
        }
        // CAP_KILL, CAP_SETGID, CAP_SETUID (linux/capability.h).
        if [5, 6, 7].contains(where: { held & (1 << UInt64($0)) == 0 }) { return nil }
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwnam_r("nobody", &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return NBDOptions.Reader(user: entry.pw_uid, group: entry.pw_gid)
    }()

    /// Bytes beyond ASCII as servers expect them.
    private static func percentEncoded(_ url: String) -> String {
        url.utf8.reduce(into: "") { result, byte in
            if byte < 0x80 {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%" + hexadecimal([byte]).uppercased()
            }
        }
    }
}
