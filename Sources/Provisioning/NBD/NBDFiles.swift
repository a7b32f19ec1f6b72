internal import FoundationEssentials
internal import Glibc

/// The files of one guest's server: `<uuid>.sock`, `.pid`, `.json` and `.log` of one folder.
struct NBDFiles: Sendable {
    let folder: String
    let uuid: String

    private static let endings = ["sock", "pid", "json", "log"]

    var socket: String { path("sock") }
    var pid: String { path("pid") }
    var record: String { path("json") }
    /// What nbdkit says. It names the URL, with its query.
    var log: String { path("log") }

    private func path(_ ending: String) -> String { "\(folder)/\(uuid).\(ending)" }

    /// - Throws: `badInput` where `uuid` is not written as libvirt writes it.
    init(folder: String, uuid: String) throws(DownloadError) {
        if !Self.isCanonical(uuid) {
            throw DownloadError(
                .badInput,
                "'\(DisplayURL.printable(uuid))' is not the UUID of a guest; write it in lower case, with hyphens"
            )
        }
        self.folder = folder
        self.uuid = uuid
    }

    static func isCanonical(_ uuid: String) -> Bool {
        let bytes = Array(uuid.utf8)
        return bytes.count == 36
            && bytes.enumerated().allSatisfy { index, byte in
                [8, 13, 18, 23].contains(index)
                    ? byte == UInt8(ascii: "-")
                    : (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                        || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
    }

    /// Of which guests there is any file of a server, sorted.
    static func guests(_ folder: String) throws(DownloadError) -> [String] {
        let names: [String]
        do throws(CertificateError) { names = try TrustStore.names(folder) } catch {
            throw DownloadError(.fileSystem, error.message)
        }
        let guests = names.compactMap { name -> String? in
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, endings.contains(String(parts[1])), isCanonical(String(parts[0])) else {
                return nil
            }
            return String(parts[0])
        }
        return Set(guests).sorted()
    }

    /// The folder, which everybody may pass through and nobody may list.
    ///
    /// - Throws: `fileSystem` where it cannot be made, or somebody else could change what is in it.
    static func makeFolder(_ folder: String) throws(DownloadError) {
        let shown = "'\(DisplayURL.printable(folder))'"
        do throws(CertificateError) { try TrustStore.makeFolder(folder) } catch {
            throw DownloadError(.fileSystem, error.message)
        }
        var status = stat()
        if lstat(folder, &status) != 0 { throw .system("cannot look at \(shown)") }
        if status.st_mode & S_IFMT != S_IFDIR || status.st_uid != geteuid() {
            throw DownloadError(.fileSystem, "\(shown) is not a folder of our own; remove it, or name another one")
        }
        if chmod(folder, 0o711) != 0 { throw .system("cannot set the mode of \(shown)") }
    }

    /// What is to be served; `nil` where there is nothing, or nothing that can be understood.
    func readRecord() -> NBDRecord? {
        guard let text = Self.read(record) else { return nil }
        return try? JSONDecoder().decode(NBDRecord.self, from: Data(text.utf8))
    }

    func write(_ new: NBDRecord) throws(DownloadError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes: [UInt8]
        do { bytes = Array(try encoder.encode(new)) } catch {
            throw DownloadError(.badInput, "what is to be served to guest '\(uuid)' cannot be written as JSON")
        }
        let shown = "cannot write '\(DisplayURL.printable(record))'"
        // The guest's lock is held, so nobody else writes this name.
        let temporary = "\(folder)/.\(uuid).json"
        if unlink(temporary) != 0 && errno != ENOENT { throw .system(shown) }
        do throws(DownloadError) {
            guard let file = OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600) else {
                throw .system(shown)
            }
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(file.descriptor, $0.baseAddress, $0.count) }
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { throw .system(shown) }
                rest = rest.dropFirst(count)
            }
            if rename(temporary, record) != 0 { throw .system(shown) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    var process: NBDProcess? { Self.read(pid).flatMap { NBDProcess($0) } }

    /// - Parameter keepsRecord: for a server that is to be started again.
    func remove(keepsRecord: Bool = false) throws(DownloadError) {
        // The record last: without it nobody would look for what else is left.
        for path in [socket, pid, log, "\(folder)/.\(uuid).json"] + (keepsRecord ? [] : [record]) {
            if unlink(path) != 0 && errno != ENOENT {
                throw .system("cannot remove '\(DisplayURL.printable(path))'")
            }
        }
    }

    /// Empties a log that has grown large; nbdkit goes on at its new end.
    func trimLog(beyond size: Int = 1 << 20) throws(DownloadError) {
        var status = stat()
        if lstat(log, &status) != 0 || status.st_size <= size { return }
        if truncate(log, 0) != 0 { throw .system("cannot empty '\(DisplayURL.printable(log))'") }
    }

    /// Up to 64 KiB from the end of a small file, or from the beginning of one without a size, as those of the kernel.
    static func read(_ path: String) -> String? {
        guard let file = OpenFile(path, O_RDONLY | O_NOFOLLOW), let status = file.status() else { return nil }
        let limit = 65_536
        let begin = max(0, Int(status.st_size) - limit)
        return file.read(at: begin, count: limit).map { String(decoding: $0, as: UTF8.self) }
    }
}
