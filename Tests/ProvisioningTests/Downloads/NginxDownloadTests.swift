import Foundation
import TestSupport
import Testing

@testable import Provisioning

/// Downloads from nginx, which `Tests/Support/web-server` starts.
struct NginxDownloadTests {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Support/web-server").path

    @Test func survivesARestartOfTheServer() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hostler-test-\(UUID())")
        let (root, server) = (folder.appending(path: "root"), folder.appending(path: "server"))
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        defer {
            do { try Command.check(Self.script, "stop", server.path) } catch { Issue.record(error) }
            try? FileManager.default.removeItem(at: folder)
        }
        let content = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        try Data(content).write(to: root.appending(path: "image.qcow2"))
        try Command.check("env", "LIMIT_RATE=1m", Self.script, "start", server.path, root.path)
        let port = try String(contentsOf: server.appending(path: "port"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        var settings = DownloadSettings()
        settings.caFile = server.appending(path: "ca.pem").path
        settings.allowedCIDRs = ["127.0.0.1", "::1"]
        settings.proxy = ""
        settings.attempts = 20
        settings.retryDelay = 0.2
        let downloader = try Downloader(settings)
        let progress = DownloadProgress()
        let file = try #require(try PartialFile.open(in: folder.path, id: "nginx"))
        let item = DownloadItem(urls: ["https://localhost:\(port)/redirect/image.qcow2"])
        async let source = downloader.download(item, into: file, progress: progress)
        while file.received == 0 { try await Task.sleep(for: .milliseconds(20)) }
        try Command.check(Self.script, "stop", server.path)
        while progress.snapshot.failures.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        try Command.check(Self.script, "start", server.path, root.path)
        #expect(try await source.checksums.first?.hex == hexadecimal(DigestAlgorithm.sha256.digest(content)))
        #expect(file.generation == 0)
        // nginx writes its line after the last byte.
        try wait(for: "a part in the log") {
            try String(contentsOf: server.appending(path: "access.log"), encoding: .utf8).contains(" 206 ")
        }
        // A server without ranges, from the beginning.
        let whole = try #require(try PartialFile.open(in: folder.path, id: "whole"))
        let plain = DownloadItem(urls: ["https://localhost:\(port)/no-ranges/image.qcow2"])
        #expect(try await downloader.download(plain, into: whole, progress: progress).size == 2_000_000)
    }
}
