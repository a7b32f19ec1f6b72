import Foundation
import TestSupport
import Testing

@testable import Provisioning

/// Downloads through a proxy, which is tinyproxy.
struct ProxyTests {
    private static let server = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Support/web-server").path

    private func withProxy(_ body: (URL, _ port: String, _ proxy: String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hostler-test-\(UUID())")
        let (root, web) = (folder.appending(path: "root"), folder.appending(path: "web"))
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(repeating: 7, count: 300_000).write(to: root.appending(path: "image.raw"))
        try Command.check(Self.server, "start", web.path, root.path)
        defer { do { try Command.check(Self.server, "stop", web.path) } catch { Issue.record(error) } }
        let port = try String(contentsOf: web.appending(path: "port"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let proxyPort = Int.random(in: 20000..<32000)
        let pidFile = folder.appending(path: "proxy.pid").path
        try """
        Port \(proxyPort)
        Listen 127.0.0.1
        Allow 127.0.0.1
        PidFile "\(pidFile)"
        LogFile "\(folder.path)/proxy.log"
        LogLevel Connect
        """.write(to: folder.appending(path: "proxy.conf"), atomically: true, encoding: .utf8)
        try Command.check("tinyproxy", "-c", folder.appending(path: "proxy.conf").path)
        // It is there before the number is in it.
        func running() -> Int32? {
            let text = try? String(contentsOfFile: pidFile, encoding: .utf8)
            return text.flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
        try wait(for: "tinyproxy") { running() != nil }
        let process = try #require(running())
        defer {
            kill(process, SIGTERM)
            try? wait(for: "the end of tinyproxy") { kill(process, 0) != 0 || !Self.runs(process) }
        }
        try await body(folder, port, "http://127.0.0.1:\(proxyPort)")
    }

    /// One that nobody has waited for has no command line any more.
    private static func runs(_ process: Int32) -> Bool {
        (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8))?.contains("tinyproxy") ?? false
    }

    private func settings(_ folder: URL, proxy: String?) -> DownloadSettings {
        var settings = DownloadSettings()
        settings.caFile = folder.appending(path: "web/ca.pem").path
        settings.proxy = proxy
        settings.attempts = 1
        return settings
    }

    @Test("https goes through the proxy, whose own address is the operator's business; the target's still counts")
    func tunnel() async throws {
        try await withProxy { folder, port, proxy in
            let file = try #require(try PartialFile.open(in: folder.path, id: "named"))
            let item = DownloadItem(urls: ["https://localhost:\(port)/image.raw"])
            let source = try await Downloader(settings(folder, proxy: proxy))
                .download(item, into: file, progress: DownloadProgress())
            #expect(source.size == 300_000)
            let log = try String(contentsOf: folder.appending(path: "proxy.log"), encoding: .utf8)
            #expect(log.contains("CONNECT localhost:\(port)"))
            // A literal address needs no resolver, so that it is known here too.
            let refused = try #require(try PartialFile.open(in: folder.path, id: "literal"))
            let literal = DownloadItem(urls: ["https://127.0.0.1:\(port)/image.raw"])
            let error = await #expect(throws: DownloadError.self) {
                try await Downloader(settings(folder, proxy: proxy))
                    .download(literal, into: refused, progress: DownloadProgress())
            }
            #expect(error?.code == .refusedAddress)
        }
    }

    @Test("without a proxy the same is refused for its address, and a proxy that is not there is named")
    func none() async throws {
        try await withProxy { folder, port, _ in
            let item = DownloadItem(urls: ["https://localhost:\(port)/image.raw"])
            for (proxy, code) in [("", DownloadError.Code.refusedAddress), ("http://127.0.0.1:1", .noConnection)] {
                let file = try #require(try PartialFile.open(in: folder.path, id: "none-\(code.rawValue)"))
                let error = await #expect(throws: DownloadError.self) {
                    try await Downloader(settings(folder, proxy: proxy))
                        .download(item, into: file, progress: DownloadProgress())
                }
                #expect(error?.code == code)
            }
        }
    }

    @Test("the environment's words, as curl reads them")
    func environment() throws {
        func choice(_ url: String, _ environment: [String: String]) throws -> String {
            let address = try HTTPAddress(url)
            return ProxyChoice.proxy(for: address.origin, setting: nil) { environment[$0] }
        }
        let both = ["https_proxy": "http://p:1", "http_proxy": "http://q:2", "no_proxy": "local.test, 10.0.0.0/8"]
        #expect(try choice("https://a.test/x", both) == "http://p:1")
        #expect(try choice("http://a.test/x", both) == "http://q:2")
        #expect(try choice("https://x.local.test/x", both) == "")
        #expect(try choice("https://10.1.2.3/x", both) == "")
        #expect(try choice("https://a.test/x", ["HTTP_PROXY": "http://evil:1"]) == "")
        #expect(try choice("https://a.test/x", ["ALL_PROXY": "http://r:3", "no_proxy": "*"]) == "")
    }
}
