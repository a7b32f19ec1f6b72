internal import Glibc

/// The system's own trust store, which is the only one that QEMU reads: files in
/// `/usr/local/share/ca-certificates`, and `update-ca-certificates` (Debian's package ca-certificates).
public struct SystemTrust: Sendable {
    let folder: String
    let program: String

    public init(
        folder: String = "/usr/local/share/ca-certificates",
        program: String = "/usr/sbin/update-ca-certificates"
    ) {
        self.folder = folder
        self.program = program
    }

    private static let prefix = "hostler-"

    /// Makes the system trust `wanted` and nothing else of ours. Where it does, nothing is done.
    ///
    /// - Returns: whether something was changed.
    /// - Throws: ``CertificateError`` where the folder cannot be written, or the program fails, with what it says. The next
    ///   call runs the program again, also where this process was killed in between.
    @discardableResult
    public func make(_ wanted: TrustStore.Contents) throws(CertificateError) -> Bool {
        var files: [String: String] = [:]
        for (alias, certificates) in wanted {
            for (index, certificate) in certificates.enumerated() {
                // One certificate a file: update-ca-certificates says so.
                files["\(Self.prefix)\(alias)\(index == 0 ? "" : "-\(index + 1)").crt"] = certificate.pem
            }
        }
        let present = try TrustStore.names(folder).filter { $0.hasPrefix(Self.prefix) && $0.hasSuffix(".crt") }
        let old = present.filter { files[$0] == nil }
        let new = files.filter { TrustStore.read("\(folder)/\($0.key)") != $0.value }
        if old.isEmpty && new.isEmpty && !isPending { return false }
        try TrustStore.makeFolder(folder)
        // There until the program has succeeded: the files alone do not show whether the system knows of them.
        try TrustStore.write("", to: marker)
        for name in old {
            if unlink("\(folder)/\(name)") != 0 && errno != ENOENT { throw .system("cannot remove \(folder)/\(name)") }
        }
        for (name, text) in new.sorted(by: { $0.key < $1.key }) { try TrustStore.write(text, to: "\(folder)/\(name)") }
        try update()
        if unlink(marker) != 0 && errno != ENOENT { throw .system("cannot remove \(marker)") }
        return true
    }

    /// Hidden, and with no ending that update-ca-certificates looks for.
    private var marker: String { "\(folder)/.hostler-pending" }

    /// Whether a call was cut off, or its program has failed.
    private var isPending: Bool {
        var status = stat()
        return lstat(marker, &status) == 0 || errno != ENOENT
    }

    private func update() throws(CertificateError) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0, fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0, fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0
        else { throw .system("cannot run \(program)") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        var vector: [UnsafeMutablePointer<CChar>?] = [strdup(program), nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [
            strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), strdup("LC_ALL=C"), nil,
        ]
        defer { (vector + environment).forEach { free($0) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, program, &actions, nil, &vector, &environment)
        close(ends[1])
        defer { close(ends[0]) }
        guard failure == 0 else { throw .system("cannot run \(program)", number: failure) }
        var said: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(ends[0], &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            said += chunk[..<count]
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        if status == 0 { return }
        let last = String(decoding: said, as: UTF8.self).split(whereSeparator: \.isNewline).last ?? "it says nothing"
        throw CertificateError(.system, "\(program) fails: \(last)")
    }
}
