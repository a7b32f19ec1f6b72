import Foundation
import Synchronization
import TestSupport

@testable import Provisioning

/// A real NFS server on loopback (nfs-ganesha), gone with the test.
final class NFSServer: Sendable {
    let folder: URL
    /// What it serves as `/export`.
    let root: URL

    private let maximumRead: Int

    /// - Parameter maximumRead: the most bytes that one read is answered with.
    init(maximumRead: Int = 1 << 20) throws {
        self.maximumRead = maximumRead
        folder = FileManager.default.temporaryDirectory.appending(path: "hostler-nfs-\(UUID())")
        root = folder.appending(path: "root")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        // Others than root are to reach the files.
        for path in [folder.path, root.path] {
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
        try start()
    }

    deinit {
        _ = try? run("resume")
        _ = try? run("stop")
        try? FileManager.default.removeItem(at: folder)
    }

    /// ganesha opens files by handle, which root alone may do: elsewhere these tests cannot be.
    static let canRun = geteuid() == 0

    static let script = Fixtures.directory.deletingLastPathComponent().appending(path: "Support/nfs-server").path

    func run(_ verb: String) throws {
        let more = verb == "start" ? [root.path] : []
        let result = try Command.run(
            ["env", "MAX_READ=\(maximumRead)", Self.script, verb, folder.appending(path: "server").path] + more
        )
        if result.status != 0 { throw Command.Failed("nfs-server \(verb): \(result.errors)") }
    }

    func start() throws { try run("start") }

    func url(_ path: String, _ more: String = "", host: String = "127.0.0.1") throws -> String {
        let port = try String(contentsOf: folder.appending(path: "server/port"), encoding: .utf8)
        return "nfs://\(host)/export/\(path)?nfsport=\(port.trimmingCharacters(in: .whitespacesAndNewlines))\(more)"
    }

    func makeFile(_ name: String, bytes count: Int, mode: Int = 0o644) throws -> Data {
        let random = try FileHandle(forReadingFrom: URL(filePath: "/dev/urandom"))
        let data = count == 0 ? Data() : try random.read(upToCount: count) ?? Data()
        try random.close()
        if data.count != count { throw Command.Failed("/dev/urandom gives \(data.count) bytes instead of \(count)") }
        let file = root.appending(path: name)
        try data.write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        return data
    }
}

/// Keeps what a source gives.
final class Collector: ByteReceiver {
    struct State {
        var heads: [ContentHead] = []
        var bytes = Data()
    }

    private let state = Mutex(State())
    /// Called once, with the first piece.
    private let first: @Sendable () throws(DownloadError) -> Void

    init(first: @escaping @Sendable () throws(DownloadError) -> Void = { () throws(DownloadError) in }) {
        self.first = first
    }

    var head: ContentHead? { state.withLock { $0.heads.count == 1 ? $0.heads[0] : nil } }
    var bytes: Data { state.withLock { $0.bytes } }

    func begin(_ head: ContentHead) throws(DownloadError) { state.withLock { $0.heads.append(head) } }

    func receive(_ bytes: UnsafeRawBufferPointer) throws(DownloadError) {
        let isFirst = state.withLock { state in
            defer { state.bytes.append(contentsOf: bytes) }
            return state.bytes.isEmpty
        }
        if isFirst { try first() }
    }
}
