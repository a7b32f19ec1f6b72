import Foundation
import Glibc
import Testing

@testable import Provisioning

/// Downloads from a server that does what servers do wrong.
@Suite(.serialized)
struct HTTPDownloadTests {
    let server: FaultServer

    init() throws { server = try FaultServer() }

    @Test(arguments: ["ftp://h/x", "https://", "https://h:99999/x", "h/x"])
    func badURL(url: String) async throws {
        #expect(try await server.failure(DownloadItem(urls: [url])).code == .badInput)
    }

    @Test func refusals() async throws {
        let cases: [(String, String, DownloadError.Code, String)] = [
            ("gone", "good", .status, "(404)"),
            ("broken", "good", .status, "(500)"),
            ("login", "good", .status, "(401)"),
            ("loop", "good", .redirect, "in circles"),
            ("to-http", "good", .redirect, "from https to"),
            ("to-file", "good", .redirect, "'file'"),
            ("to-metadata", "http", .refusedAddress, "allowed_cidrs"),
            ("coded", "good", .other, "coding 'gzip'"),
            ("other-size", "good", .wrongSize, "400001"),
            ("cut", "good", .wrongSize, "sent 1000"),
            ("chunked-cut", "good", .wrongSize, "sent 1000"),
            ("stall", "good", .timeout, "sends nothing for 2 s"),
            ("silent", "good", .timeout, "sends nothing for 2 s"),
            ("plain", "expired", .expired, "2020"),
            ("plain", "other", .wrongName, "other.example"),
            ("plain", "self", .untrusted, "hostler certificate upload NAME FILE"),
        ]
        for (path, certificate, code, words) in cases {
            var item = DownloadItem(urls: [server.url(path + "?token=hunter2", certificate)])
            item.size = 400_000
            let error = try await server.failure(item) { $0.attempts = 1 }
            #expect(error.code == code, "\(path): \(error)")
            #expect(error.message.contains(words), "\(path): \(error)")
            #expect(!error.message.contains("hunter2"), "\(path): \(error)")
        }
        #expect(try server.requests("/gone").count == 1)
    }

    @Test func untrustedUntilUploaded() async throws {
        let none = server.folder.appending(path: "none").path
        let error = try await server.failure(server.item("plain")) { $0.trustFolder = none }
        #expect(error.code == .untrusted)
        #expect(error.message.contains("Download test CA"), "\(error)")
        try await server.download(server.item("plain"), into: server.partial())
    }

    @Test(arguments: [
        "plain", "no-ranges", "chunked", "chain/5", "here", "broken-once", "busy-once", "cut-once", "changes", "slow",
    ])
    func arrives(path: String) async throws {
        let file = try server.partial()
        let progress = DownloadProgress()
        var item = server.item(path)
        item.headers = [try HTTPHeader("X-Secret", "open")]
        item.checksums = path == "changes" ? [] : [Checksum(algorithm: .md5, hex: "")]
        if path != "changes" {
            item.checksums = [Checksum(algorithm: .md5, hex: hexadecimal(DigestAlgorithm.md5.digest(server.content)))]
        }
        let source = try await server.download(item, into: file, progress: progress)
        let expected = path == "changes" ? server.content.reversed() : server.content
        #expect(try server.bytes(file) == expected)
        #expect(source.size == 400_000)
        #expect(source.checksums.first?.hex == hexadecimal(DigestAlgorithm.sha256.digest(expected)))
        #expect(source.checksums.count == item.checksums.count + 1)
        #expect(progress.snapshot.received == 400_000)
        let requests = try server.requests("/" + path).filter { $0.method != nil }
        #expect(requests.first?.coding == "identity")
        #expect(requests.first?.agent == "hostler")
        switch path {
        case "cut-once", "changes":
            #expect(requests.last?.range == "bytes=200000-")
            #expect(requests.last?.if_range == "\"one\"")
            #expect(progress.snapshot.failures.count == 1)
        case "broken-once", "busy-once":
            #expect(requests.count == 2)
        default:
            #expect(requests.count == 1)
        }
    }

    @Test func oneByteASecondIsNotSilence() async throws {
        let file = try server.partial()
        #expect(try await server.download(server.item("drip"), into: file) { $0.attempts = 1 }.size == 5)
    }

    @Test func totalTimeEnds() async throws {
        let error = try await server.failure(server.item("drip")) { $0.totalTimeout = 1 }
        #expect(error.code == .timeout)
    }

    @Test func headersStayWithTheirOrigin() async throws {
        var item = server.item("elsewhere", "login")
        item.urls[0] = item.urls[0].replacing("https://", with: "https://me:word@")
        item.headers = [try HTTPHeader("X-Secret", "open")]
        try await server.download(item, into: server.partial())
        let first = try #require(try server.requests("/elsewhere").first)
        #expect(first.secret == "open" && first.login == "Basic bWU6d29yZA==")
        let second = try #require(try server.requests("/plain").first)
        #expect(second.secret == nil && second.login == nil)
    }

    @Test func redirectsAreBounded() async throws {
        #expect(try await server.failure(server.item("chain/5")) { $0.redirects = 4 }.code == .redirect)
        try await server.download(server.item("chain/5"), into: server.partial()) { $0.redirects = 5 }
    }

    @Test func addressesAreRefusedUnlessAllowed() async throws {
        for url in [server.url("plain"), "http://127.0.0.1:1/", "http://[::ffff:127.0.0.1]:1/", "http://[fe80::1]/"] {
            let error = try await server.failure(DownloadItem(urls: [url])) { $0.allowedCIDRs = [] }
            #expect(error.code == .refusedAddress, "\(url): \(error)")
            #expect(error.message.contains("allowed_cidrs"), "\(url): \(error)")
        }
    }

    @Test(arguments: ["plain", "no-head", "no-head-no-ranges", "lying-head"])
    func head(path: String) async throws {
        let settings = server.settings
        let source = HTTPSource(
            settings: settings,
            policy: try AddressPolicy(allowedCIDRs: settings.allowedCIDRs),
            headers: []
        )
        let head = try await source.head(server.url(path))
        #expect(head.size == 400_000)
        #expect(head.servesRanges == (path != "no-head-no-ranges"))
        #expect(head.validator == .entityTag("\"one\""))
    }

    @Test func resumesAfterCancel() async throws {
        let file = try server.partial("resumed")
        let (server, item) = (server, server.item("slow"))
        let task = Task { try await server.download(item, into: file) }
        while file.received < 50_000 { try await Task.sleep(for: .milliseconds(10)) }
        task.cancel()
        let result = await task.result
        #expect(throws: DownloadError.wasCancelled) { try result.get() }
        let before = file.received
        #expect(before >= 50_000 && before < 400_000)
        try await server.download(item, into: file)
        #expect(try server.bytes(file) == server.content)
        #expect(try server.requests("/slow").last?.range == "bytes=\(before)-")
    }

    @Test func wrongChecksumGoesToTheNextMirror() async throws {
        var item = server.item("corrupt", "plain")
        item.checksums = [server.sha256]
        let file = try server.partial()
        let progress = DownloadProgress()
        let source = try await server.download(item, into: file, progress: progress)
        #expect(source.url.hasSuffix("/plain"))
        #expect(progress.snapshot.failures.count == 1)
        #expect(file.generation == 1)
        item.urls = [item.urls[0]]
        #expect(try await server.failure(item).code == .checksum)
        #expect(try server.requests("/corrupt").filter { $0.method != nil }.count == 2)
    }

    @Test func deadMirrorIsPassed() async throws {
        var item = server.item("plain")
        item.urls.insert("https://localhost:1/x", at: 0)
        let source = try await server.download(item, into: server.partial())
        #expect(source.url.hasSuffix("/plain"))
        item.urls = ["https://localhost:1/x", server.url("gone")]
        let error = try await server.failure(item)
        #expect(error.message.contains("refuses connections") && error.message.contains("(404)"), "\(error)")
    }

    @Test(arguments: [true, false])
    func onlyWrongPiecesAreFetched(hasChecksum: Bool) async throws {
        var item = server.item("corrupt", "gone", "plain")
        if hasChecksum { item.checksums = [server.sha256] }
        let length = 65_536
        item.pieces = DownloadItem.Pieces(
            length: Int64(length),
            algorithm: .sha1,
            hashes: stride(from: 0, to: server.content.count, by: length).map { start in
                hexadecimal(DigestAlgorithm.sha1.digest(server.content[start..<min(start + length, 400_000)]))
            }
        )
        let file = try server.partial()
        let source = try await server.download(item, into: file)
        #expect(try server.bytes(file) == server.content)
        #expect(source.checksums == [server.sha256])
        #expect(try server.requests("/plain").compactMap(\.sent).reduce(0, +) == 2 * length)
        item.urls = [item.urls[0]]
        #expect(try await server.failure(item).code == .checksum)
    }

    @Test func wrongPartIsRefused() async throws {
        let error = try await server.failure(server.item("wrong-part"))
        #expect(error.code == .wrongSize && error.message.contains("another part"), "\(error)")
    }

    @Test func manyAtOnceTakeFewThreads() async throws {
        let server = server
        // By address: libcurl looks names up on a thread for each.
        let url = server.url("slow", "http").replacing("localhost", with: "127.0.0.1")
        let files = try (0..<20).map { _ in try server.partial() }
        let fewest = try await withThrowingTaskGroup(of: Void.self) { group in
            for file in files {
                group.addTask { try await server.download(DownloadItem(urls: [url]), into: file) }
            }
            while !files.allSatisfy({ $0.received > 0 }) { try await Task.sleep(for: .milliseconds(10)) }
            var fewest = Int.max
            for _ in 0..<5 where files.allSatisfy({ $0.received < 400_000 }) {
                fewest = min(fewest, try Self.threads())
                try await Task.sleep(for: .milliseconds(20))
            }
            try await group.waitForAll()
            return fewest
        }
        #expect(fewest >= 2 && fewest <= 3)
        for file in files { #expect(try server.bytes(file) == server.content) }
    }

    /// How many of ours the process has.
    private static func threads() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count { thread in
            // One that ends meanwhile has no name any more.
            (try? String(contentsOfFile: "/proc/self/task/\(thread)/comm", encoding: .utf8))?.hasPrefix("hostler-")
                ?? false
        }
    }

    @Test func resumesWhatAProcessLeftBehind() async throws {
        var item = server.item("plain")
        try leaveBehind("killed", item.urls[0], validator: .entityTag("\"one\""))
        var file = try server.partial("killed")
        #expect(file.received == 100_000)
        try await server.download(item, into: file)
        #expect(try server.bytes(file) == server.content)
        #expect(try server.requests("/plain").last { $0.method != nil }?.range == "bytes=100000-")
        file.discard()
        #expect(try FileManager.default.contentsOfDirectory(atPath: server.pool) == [])
        // Other content by now.
        try leaveBehind("changed", item.urls[0], validator: .entityTag("\"old\""))
        file = try server.partial("changed")
        try await server.download(item, into: file)
        #expect(try server.bytes(file) == server.content)
        #expect(file.generation == 1)
        // After a restart of the system, only what a checksum proves.
        for isChecked in [false, true] {
            try leaveBehind("reboot\(isChecked)", item.urls[0], validator: .entityTag("\"one\""), boot: "another")
            item.checksums = isChecked ? [server.sha256] : []
            file = try server.partial("reboot\(isChecked)")
            try await server.download(item, into: file)
            #expect(try server.bytes(file) == server.content)
            let range = try server.requests("/plain").last { $0.method != nil }?.range
            #expect(range == (isChecked ? "bytes=100000-" : nil))
        }
        // Broken by the crash: found out by the checksum, and fetched anew from the same source.
        try leaveBehind("broken", item.urls[0], validator: .entityTag("\"one\""), boot: "another", spoiled: true)
        file = try server.partial("broken")
        try await server.download(item, into: file)
        #expect(try server.bytes(file) == server.content)
    }

    @Test func completeFileIsNotFetchedAgain() async throws {
        let item = server.item("plain")
        let file = try server.partial()
        try await server.download(item, into: file)
        let sent = try server.requests("/plain").compactMap(\.sent)
        try await server.download(item, into: file)
        #expect(try server.requests("/plain").compactMap(\.sent) == sent)
        #expect(file.generation == 0)
    }

    @Test func readerFollows() async throws {
        let file = try server.partial()
        let reader = file.reader()
        let outcome = Monitor<Result<[UInt8], DownloadError>?>(nil)
        #expect(
            WorkThread.start("test-reader") {
                var bytes: [UInt8] = []
                var result = Result<[UInt8], DownloadError>.success([])
                do throws(DownloadError) {
                    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 10_000, alignment: 1)
                    defer { buffer.deallocate() }
                    while true {
                        let count = try reader.read(at: Int64(bytes.count), into: buffer)
                        if count == 0 { break }
                        bytes += buffer[..<count]
                    }
                    result = .success(bytes)
                } catch { result = .failure(error) }
                outcome.withLock { $0 = result }
            } == 0
        )
        try await server.download(server.item("slow"), into: file)
        while outcome.withLock({ $0 == nil }) { try await Task.sleep(for: .milliseconds(10)) }
        #expect(outcome.withLock { $0 } == .success(server.content))
        #expect(reader.generation == file.generation && reader.size == 400_000)
    }

    @Test func partsAtOnce() async throws {
        let size = 80 << 20
        let server = try FaultServer(size: size)
        var item = server.item("cut-third", "plain")
        item.checksums = [server.sha256]
        let file = try server.partial()
        let source = try await server.download(item, into: file) { $0.connections = 3 }
        #expect(source.checksums == [server.sha256] && source.size == size)
        let asked = try server.requests("/cut-third").filter { $0.method == "GET" }.compactMap(\.range)
        #expect(asked.contains("bytes=33554432-67108863"))
        // What was cut after a thousand bytes is asked for from there on.
        let starts = asked.compactMap { Int64($0.dropFirst(6).prefix { $0 != "-" }) }
        #expect(starts.contains { $0 % PartsFetch.part == 1_000 }, "\(asked)")
        #expect(asked.count >= 4)
    }

    /// The first 100,000 bytes, as a process leaves them that is killed.
    private func leaveBehind(
        _ id: String,
        _ url: String,
        validator: ContentValidator,
        boot: String? = nil,
        spoiled: Bool = false
    ) throws {
        let file = try server.partial(id)
        try file.begin(url: url, ContentHead(size: 400_000, offset: 0, validator: validator, servesRanges: true))
        let bytes = spoiled ? [UInt8](repeating: 0, count: 100_000) : Array(server.content.prefix(100_000))
        try bytes.withUnsafeBytes { try file.append($0) }
        if let boot {
            var journal = try #require(PartialJournal.read(file.path + ".json"))
            journal.boot = boot
            try journal.write(file.path + ".json")
        }
    }
}
