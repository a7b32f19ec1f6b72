internal import Glibc

/// The NBD servers of this host's guests: for each guest whose cdrom is delivered `cached` one nbdkit, which reads the
/// URL over https, keeps what it has read, and serves it on a unix socket to the guest's QEMU alone.
///
/// A server is a process of its own that outlives the caller's; all that is known of it is in `folder`, so that any
/// process of the same user can go on with it. Calls for one guest wait for each other, across processes.
///
/// While a block cannot be had, the server takes no other request of any kind, since the curl plugin and the retry
/// filter take one at a time; a guest that asks for blocks that are in the cache alone does not notice that the web
/// server is away. What changes on the web server meanwhile is not noticed either: name URLs whose content stays.
package struct NBDServers: Sendable {
    package let folder: String
    private let program: String

    /// - Parameters:
    ///   - folder: made where it is missing; others may pass through it, but not list it.
    ///   - program: a path, or a name that is looked for in the system's folders.
    package init(folder: String = "/run/hostler/nbd", program: String = "nbdkit") {
        self.folder = folder
        self.program = program
    }

    /// Serves `url` to the guest; where the very same is served already, that server is kept.
    ///
    /// - Parameters:
    ///   - uuid: the guest's, in lower case with hyphens.
    ///   - replace: whether a server that serves something else, or otherwise, is ended first. The caller knows that no
    ///     guest reads from it.
    /// - Returns: the socket's path. By then the size of what is at the URL is known to be had.
    /// - Throws: ``DownloadError``; a server that was started for nothing is gone then.
    @discardableResult
    package func start(
        _ uuid: String,
        url: String,
        options: NBDOptions = NBDOptions(),
        replace: Bool = false
    ) throws(DownloadError) -> String {
        let files = try NBDFiles(folder: folder, uuid: uuid)
        try Self.check(url)
        try options.check()
        let record = NBDRecord(url: url, options: options)
        try NBDFiles.makeFolder(folder)
        let lock = try lock(uuid)
        defer { withExtendedLifetime(lock) {} }
        if let process = files.process, process.isAlive {
            if files.readRecord() == record && NBDProbe.listens(files.socket) { return files.socket }
            if !replace {
                throw DownloadError(
                    .inUse,
                    "guest '\(uuid)' is served another URL, or the same in another way, by process "
                        + "\(process.pid); stop "
                        + "the guest, then try again"
                )
            }
            try process.end()
        }
        var tries = 0
        while true {
            // A record of a dead server must not be taken for what failed to start now.
            try files.remove()
            try files.write(record)
            do throws(DownloadError) {
                try NBDLaunch(program: program, files: files, record: record).start()
                try checkSpace(try size(files, record), options)
                return files.socket
            } catch {
                // One that ends without a word is no answer of the web server's, and no reason to refuse a guest.
                tries += 1
                let isSilent = error.code == .other && (NBDFiles.read(files.log) ?? "").isEmpty
                try end(files)
                if !isSilent || tries == Self.maximumTries { throw error }
            }
        }
    }

    private static let maximumTries = 3

    /// Ends the guest's server and removes its files; nothing is wrong where there is none.
    package func stop(_ uuid: String) throws(DownloadError) {
        let files = try NBDFiles(folder: folder, uuid: uuid)
        var status = stat()
        if lstat(folder, &status) != 0 && errno == ENOENT { return }
        let lock = try lock(uuid)
        defer { withExtendedLifetime(lock) {} }
        try end(files)
    }

    package func isAlive(_ uuid: String) -> Bool {
        guard let files = try? NBDFiles(folder: folder, uuid: uuid) else { return false }
        return files.process?.isAlive ?? false
    }

    /// All servers, dead ones included, by their guests' UUIDs.
    package func list() throws(DownloadError) -> [NBDServer] {
        var servers: [NBDServer] = []
        for uuid in try NBDFiles.guests(folder) {
            let files = try NBDFiles(folder: folder, uuid: uuid)
            let process = files.process.flatMap { $0.isAlive ? $0 : nil }
            let url = files.readRecord().map { DisplayURL($0.url).text }
            servers.append(NBDServer(uuid: uuid, socket: files.socket, url: url, pid: process?.pid))
        }
        return servers
    }

    /// Starts those again that died, on the same sockets. Their caches are empty then; whether their URLs can be read
    /// is for the guests to find out.
    package func revive() throws(DownloadError) -> Revival {
        var revival = Revival()
        for uuid in try NBDFiles.guests(folder) {
            do throws(DownloadError) {
                if try revive(uuid) { revival.revived.append(uuid) }
            } catch {
                revival.failures[uuid] = error
            }
        }
        return revival
    }

    /// What ``revive()`` has done.
    package struct Revival: Equatable, Sendable {
        /// The guests whose servers had died, and run again.
        package var revived: [String] = []
        /// By guest, why its server is still dead.
        package var failures: [String: DownloadError] = [:]
    }

    /// Ends all servers but those of the guests in `keep`.
    ///
    /// - Returns: the guests whose servers were ended.
    @discardableResult
    package func sweep(keep: Set<String>) throws(DownloadError) -> [String] {
        let others = try NBDFiles.guests(folder).filter { !keep.contains($0) }
        for uuid in others { try stop(uuid) }
        return others
    }

    // MARK: Steps

    private func revive(_ uuid: String) throws(DownloadError) -> Bool {
        let files = try NBDFiles(folder: folder, uuid: uuid)
        let lock = try lock(uuid)
        defer { withExtendedLifetime(lock) {} }
        if files.process?.isAlive ?? false {
            try files.trimLog()
            return false
        }
        guard let record = files.readRecord() else {
            // Stopped meanwhile, or what a start left that was cut off before it had begun.
            try files.remove()
            return false
        }
        try NBDLaunch(program: program, files: files, record: record).start()
        return true
    }

    private func end(_ files: NBDFiles) throws(DownloadError) {
        try files.process?.end()
        try files.remove()
    }

    private func lock(_ uuid: String) throws(DownloadError) -> FileLock {
        do throws(ConfigDriveError) {
            return try FileLock("\(folder)/.lock", uuid: uuid, waitsOn: { true })
        } catch {
            throw DownloadError(.fileSystem, error.message)
        }
    }

    /// Opens the URL through the server, as QEMU will.
    private func size(_ files: NBDFiles, _ record: NBDRecord) throws(DownloadError) -> Int64 {
        do throws(NBDProbe.Failure) {
            return try NBDProbe.size(files.socket, seconds: record.options.timeout + 10)
        } catch {
            let log = NBDFiles.read(files.log) ?? ""
            let hasHungUp = error == .silent && files.process?.isAlive != true
            let isLate = log.isEmpty && error == .silent && !hasHungUp
            throw NBDComplaint(url: record.url).error(
                isLate ? "Timeout was reached" : log,
                seen: hasHungUp ? "ends with the first reader" : error.seen
            )
        }
    }

    private func checkSpace(_ size: Int64, _ options: NBDOptions) throws(DownloadError) {
        var status = statvfs()
        let shown = "'\(DisplayURL.printable(options.cacheFolder))'"
        if statvfs(options.cacheFolder, &status) != 0 { throw .system("cannot look at the cache's folder \(shown)") }
        let free = Int64(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
        )
        let needed = min(size, options.cacheSize)
        if free < needed {
            throw DownloadError(
                .noSpace,
                "the cache of an image of \(size) bytes needs \(needed) bytes in \(shown), which has \(free); "
                    + "make room there"
            )
        }
    }

    /// - Throws: `badInput` for what nbdkit must not be given; the query is not shown.
    private static func check(_ url: String) throws(DownloadError) {
        let shown = DisplayURL(url)
        func complain(_ text: String) -> DownloadError { DownloadError(.badInput, "\(shown.text) \(text)") }
        guard url.lowercased().hasPrefix("https://"), !shown.host.isEmpty else {
            throw complain("is not an https URL; an https://host/path.iso is needed")
        }
        if url.utf8.count > 8192 { throw complain("has \(url.utf8.count) bytes; at most 8192 are taken") }
        if url.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F }) {
            throw complain("has a blank or a control character in it; write it percent-encoded")
        }
        let authority = url.dropFirst(8).prefix { !"/?#".contains($0) }
        if authority.contains("@") {
            throw complain(
                "has a user name or password in it, which everybody who lists processes would see; remove it"
            )
        }
    }
}
