import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Provisioning

/// Against nfs-ganesha, which needs root: for others, `make test` has nothing to run here.
@Suite(.enabled(if: NFSServer.canRun, "nfs-ganesha opens files by handle, which root alone may"))
struct NFSSourceTests {
    private static let size = 40 << 20

    private func source(
        idle: Int = 60,
        connect: Int = 15,
        check: @escaping @Sendable (String) throws(DownloadError) -> Void = { (_) throws(DownloadError) in }
    ) -> NFSSource {
        var settings = DownloadSettings()
        settings.idleTimeout = idle
        settings.connectTimeout = connect
        return NFSSource(settings: settings, check: check)
    }

    private func error(_ body: () async throws(DownloadError) -> Void) async throws -> DownloadError {
        do throws(DownloadError) { try await body() } catch { return error }
        throw Command.Failed("it worked")
    }

    private func readError(_ url: String, _ source: NFSSource) async throws -> DownloadError {
        try await error { () async throws(DownloadError) in
            try await source.read(ByteRequest(url: url), into: Collector())
        }
    }

    private func headError(_ url: String, _ source: NFSSource) async throws -> DownloadError {
        try await error { () async throws(DownloadError) in _ = try await source.head(url) }
    }

    @Test func missingFilesFoldersAndPermissions() async throws {
        let server = try NFSServer()
        _ = try server.makeFile("secret", bytes: 8192, mode: 0o600)
        try FileManager.default.createDirectory(
            at: server.root.appending(path: "folder"),
            withIntermediateDirectories: true
        )
        let source = source()
        let missing = try server.url("missing")
        for absent in [try await readError(missing, source), try await headError(missing, source)] {
            #expect(absent.code == .status && !absent.isTemporary)
            #expect(absent.message.contains("there is no 'nfs://127.0.0.1/export/missing?…' on the server"))
        }
        let folder = try server.url("folder")
        for other in [try await readError(folder, source), try await headError(folder, source)] {
            #expect(other.code == .badInput && other.message.contains("is a folder on the server"))
        }
        let outside = try await readError(
            try server.url("secret").replacingOccurrences(of: "/export/", with: "/nothing/"),
            source
        )
        #expect(outside.code == .status && !outside.isTemporary, "\(outside)")
        let stranger = try await readError(try server.url("secret", "&uid=65534&gid=65534"), source)
        #expect(stranger.code == .status && !stranger.isTemporary)
        #expect(stranger.message.contains("does not let user 65534 read 'nfs://127.0.0.1/export/secret?…'"))
        let whole = Collector()
        try await source.read(ByteRequest(url: try server.url("secret")), into: whole)
        #expect(whole.bytes.count == 8192)
    }

    @Test func wholeFileAndParts() async throws {
        let server = try NFSServer()
        let data = try server.makeFile("big file", bytes: Self.size + 24)
        let url = try server.url("big%20file")
        let source = source()
        let head = try await source.head(url)
        #expect(head.size == Int64(Self.size + 24) && head.servesRanges && head.validator != nil)

        let whole = Collector()
        try await source.read(ByteRequest(url: url), into: whole)
        #expect(whole.head == head)
        #expect(DigestAlgorithm.sha256.digest(whole.bytes) == DigestAlgorithm.sha256.digest(data))

        let ranges: [(Int64, Int64?)] = [
            (1, 2), (0, 0), (4095, 4097), (12_345_677, nil), (3 << 20, (30 << 20) + 1), (Int64(Self.size), nil),
            (Int64(Self.size) + 24, nil), (Int64(Self.size), Int64(Self.size) + 1000),
        ]
        for (offset, end) in ranges {
            let part = Collector()
            try await source.read(
                ByteRequest(url: url, offset: offset, end: end, validator: head.validator),
                into: part
            )
            let last = min(Int(end ?? Int64(data.count)), data.count)
            #expect(part.bytes == data[Int(offset)..<last], "\(offset) to \(end ?? -1)")
            #expect(part.head?.offset == offset && part.head?.size == head.size)
        }
    }

    /// A read may be answered with fewer bytes than it asked for.
    @Test func serverThatGivesLess() async throws {
        let server = try NFSServer(maximumRead: 60_000)
        let data = try server.makeFile("file", bytes: 10 << 20)
        let url = try server.url("file")
        let whole = Collector()
        try await source().read(ByteRequest(url: url), into: whole)
        #expect(whole.bytes == data)
        let part = Collector()
        try await source().read(ByteRequest(url: url, offset: 123_456, end: 5_000_001), into: part)
        #expect(part.bytes == data[123_456..<5_000_001])
    }

    /// Many readers of one server in one process are no hindrance to each other.
    @Test func severalAtOnce() async throws {
        let server = try NFSServer()
        let data = try server.makeFile("file", bytes: 5 << 20)
        let url = try server.url("file")
        let source = source()
        try await withThrowingTaskGroup(of: Data.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let whole = Collector()
                    try await source.read(ByteRequest(url: url), into: whole)
                    return whole.bytes
                }
            }
            for try await bytes in group { #expect(bytes == data) }
        }
    }

    @Test func emptyFile() async throws {
        let server = try NFSServer()
        _ = try server.makeFile("empty", bytes: 0)
        let whole = Collector()
        try await source().read(ByteRequest(url: try server.url("empty")), into: whole)
        #expect(whole.head?.size == 0 && whole.bytes.isEmpty)
    }

    @Test func otherContentBeginsAnew() async throws {
        let server = try NFSServer()
        let data = try server.makeFile("file", bytes: 1 << 20)
        let url = try server.url("file")
        let old = ContentValidator.modified("1-2.3-4-5.6")
        let anew = Collector()
        try await source().read(ByteRequest(url: url, offset: 4096, validator: old), into: anew)
        #expect(anew.head?.offset == 0 && anew.bytes == data)
        // A file that has become shorter.
        let shorter = Collector()
        try await source().read(ByteRequest(url: url, offset: 2 << 20), into: shorter)
        #expect(shorter.head?.offset == 0 && shorter.bytes == data)
        let part = try await error { () async throws(DownloadError) in
            try await source().read(
                ByteRequest(url: url, offset: 4096, end: 8192, validator: old),
                into: Collector()
            )
        }
        #expect(part.code == .changed)
    }

    @Test(arguments: ["remove", "replace"])
    func goneWhileReading(_ what: String) async throws {
        let server = try NFSServer()
        _ = try server.makeFile("file", bytes: Self.size)
        let collector = Collector { () throws(DownloadError) in
            do {
                let path = server.root.appending(path: "file").path
                if what == "remove" {
                    try FileManager.default.removeItem(atPath: path)
                } else {
                    _ = try server.makeFile("new", bytes: Self.size)
                    try Command.check("mv", server.root.appending(path: "new").path, path)
                }
            } catch { throw DownloadError(.other, "\(error)") }
        }
        let url = try server.url("file")
        let gone = try await error { () async throws(DownloadError) in
            try await source().read(ByteRequest(url: url), into: collector)
        }
        #expect(gone.code == .changed && gone.isTemporary, "\(gone)")
        if what == "remove" { #expect(try await headError(url, source()).code == .status) }
    }

    @Test func changeWhileReading() async throws {
        let server = try NFSServer()
        _ = try server.makeFile("file", bytes: Self.size)
        let path = server.root.appending(path: "file").path
        let collector = Collector { () throws(DownloadError) in
            do {
                let file = try FileHandle(forUpdating: URL(filePath: path))
                try file.seek(toOffset: 30 << 20)
                try file.write(contentsOf: Data("other".utf8))
                try file.close()
            } catch { throw DownloadError(.other, "\(error)") }
        }
        let changed = try await error { () async throws(DownloadError) in
            try await source().read(ByteRequest(url: try url(server, "file")), into: collector)
        }
        #expect(changed.code == .changed && changed.isTemporary, "\(changed)")
        #expect(collector.bytes.count < Self.size)
    }

    private func url(_ server: NFSServer, _ path: String) throws(DownloadError) -> String {
        do { return try server.url(path) } catch { throw DownloadError(.other, "\(error)") }
    }

    /// What has come stays of use: the rest is read from the server once it is back.
    @Test(arguments: ["stop", "pause"])
    func serverGoneMeanwhile(_ verb: String) async throws {
        let server = try NFSServer()
        let data = try server.makeFile("file", bytes: Self.size)
        let url = try server.url("file")
        let first = Collector { () throws(DownloadError) in
            do { try server.run(verb) } catch { throw DownloadError(.other, "\(error)") }
        }
        let gone = try await error { () async throws(DownloadError) in
            try await source(idle: 2).read(ByteRequest(url: url), into: first)
        }
        #expect(gone.code == (verb == "stop" ? .noConnection : .timeout) && gone.isTemporary, "\(gone)")
        let have = first.bytes.count
        #expect(have > 0 && have < Self.size)

        let again = try await readError(url, source(idle: 2, connect: 2))
        #expect(again.code == (verb == "stop" ? .noConnection : .timeout) && again.isTemporary, "\(again)")
        if verb == "stop" { #expect(again.message.contains("refuses connections"), "\(again)") }

        try server.run(verb == "stop" ? "start" : "resume")
        let rest = Collector()
        try await source().read(
            ByteRequest(url: url, offset: Int64(have), validator: first.head?.validator),
            into: rest
        )
        #expect(rest.head?.offset == Int64(have))
        #expect(first.bytes + rest.bytes == data)
    }

    @Test func addressesAreChecked() async throws {
        let server = try NFSServer()
        _ = try server.makeFile("file", bytes: 8192)
        let asked = Mutex<[String]>([])
        let refusing = source { address throws(DownloadError) in
            asked.withLock { $0.append(address) }
            throw DownloadError(.refusedAddress, "not from \(address)")
        }
        for host in ["127.0.0.1", "localhost"] {
            let url = try server.url("file", host: host)
            #expect(try await readError(url, refusing).code == .refusedAddress)
            #expect(try await headError(url, refusing).code == .refusedAddress)
        }
        #expect(Set(asked.withLock { $0 }).isSubset(of: ["127.0.0.1", "::1"]))
        // Only some of a name's addresses are refused: the others are connected to.
        let choosy = source { address throws(DownloadError) in
            if address != "127.0.0.1" { throw DownloadError(.refusedAddress, "not from \(address)") }
        }
        #expect(try await choosy.head(try server.url("file", host: "localhost")).size == 8192)
    }

    @Test func unknownHostAndNobodyThere() async throws {
        let unknown = try await readError("nfs://nowhere.invalid/a/b", source())
        #expect(unknown.code == .unknownHost && unknown.message.contains("'nowhere.invalid'"), "\(unknown)")
        let refused = try await readError("nfs://127.0.0.1:1/a/b", source())
        #expect(refused.code == .noConnection && refused.isTemporary)
        #expect(refused.message.contains("127.0.0.1:1 refuses connections"), "\(refused)")
    }

    @Test func cancelling() async throws {
        let server = try NFSServer()
        _ = try server.makeFile("file", bytes: Self.size)
        let url = try server.url("file")
        let (begun, begins) = AsyncStream<Void>.makeStream()
        let source = source(idle: 3600)
        // The server does not answer any more, so that only the interruption ends the wait.
        let collector = Collector { () throws(DownloadError) in
            do { try server.run("pause") } catch { throw DownloadError(.other, "\(error)") }
            begins.yield()
        }
        let task = Task {
            try await error { () async throws(DownloadError) in
                try await source.read(ByteRequest(url: url), into: collector)
            }
        }
        for await _ in begun { break }
        task.cancel()
        #expect(try await task.value.code == .cancelled)
    }

    @Test func whatTheReceiverThrowsEndsIt() async throws {
        let server = try NFSServer()
        _ = try server.makeFile("file", bytes: Self.size)
        let full = DownloadError(.noSpace, "full")
        let collector = Collector { () throws(DownloadError) in throw full }
        let url = try server.url("file")
        let thrown = try await error { () async throws(DownloadError) in
            try await source().read(ByteRequest(url: url), into: collector)
        }
        #expect(thrown == full)
        #expect(collector.bytes.count < Self.size)
    }
}
