import Foundation
import TestSupport

@testable import Provisioning

/// An ISO on a web server of its own, an authority that vouches for it, and NBD servers that read it; all gone
/// afterwards.
struct ImageServer {
    static let guest = "8d5f1c9e-0b7a-4a58-9d0e-6b1f2f3a4b5c"
    static let token = "geheim"

    let folder: URL
    /// Not a whole number of the cache's blocks.
    let image: Data
    let servers: NBDServers

    private static let script = Fixtures.directory.appending(path: "../Support/web-server").path
    private var web: URL { folder.appending(path: "web") }
    private var root: URL { folder.appending(path: "root") }

    var port: String {
        get throws {
            try String(contentsOf: web.appending(path: "port"), encoding: .utf8).trimmingCharacters(in: .newlines)
        }
    }

    /// - Parameter megabytes: 2048 bytes more than that.
    static func with(megabytes: Int = 4, rate: String? = nil, _ body: (ImageServer) throws -> Void) throws {
        try withFolder { folder in
            var random = SystemRandomNumberGenerator()
            let words = (0..<((megabytes << 20) + 2048) / 8).map { _ in random.next() }
            let image = words.withUnsafeBytes { Data($0) }
            let one = ImageServer(
                folder: folder,
                image: image,
                servers: NBDServers(folder: folder.appending(path: "nbd").path)
            )
            try FileManager.default.createDirectory(at: one.root, withIntermediateDirectories: true)
            try image.write(to: one.root.appending(path: "a.iso"))
            try one.startWeb(rate: rate)
            defer { try? one.stopWeb() }
            try one.makeTrust()
            defer { _ = try? one.servers.sweep(keep: []) }
            try body(one)
        }
    }

    func startWeb(rate: String? = nil) throws {
        let limit = rate.map { ["env", "LIMIT_RATE=\($0)"] } ?? []
        let outcome = try Command.run(limit + [Self.script, "start", web.path, root.path])
        if outcome.status != 0 { throw Command.Failed("web-server: \(outcome.errors)") }
    }

    func stopWeb() throws { try Command.check(Self.script, "stop", web.path) }

    /// The server runs as nobody, so the folder is for everybody.
    private func makeTrust() throws {
        let trust = folder.appending(path: "trust").path
        try Command.check(
            "sh",
            "-ec",
            #"mkdir -m 755 "$1"; cp "$2" "$1/ca.pem"; chmod 644 "$1/ca.pem"; openssl rehash "$1""#,
            "sh",
            trust,
            web.appending(path: "ca.pem").path
        )
    }

    func url(_ path: String = "/a.iso", host: String = "localhost") throws -> String {
        "https://\(host):\(try port)\(path)?token=\(Self.token)"
    }

    var options: NBDOptions {
        var options = NBDOptions()
        options.trustFolder = folder.appending(path: "trust").path
        options.cacheFolder = folder.path
        options.retryDelay = 1
        return options
    }

    @discardableResult
    func start(
        _ guest: String = Self.guest,
        path: String = "/a.iso",
        options: NBDOptions? = nil,
        replace: Bool = false
    ) throws -> String {
        try servers.start(guest, url: url(path), options: options ?? self.options, replace: replace)
    }

    /// All of it, read through the server.
    func copy(_ guest: String = Self.guest) throws -> Data {
        let file = folder.appending(path: "copy-\(UUID())")
        try Command.check("nbdcopy", "nbd+unix:///?socket=\(servers.folder)/\(guest).sock", file.path)
        return try Data(contentsOf: file)
    }

    func pid(_ guest: String = Self.guest) throws -> pid_t? {
        try servers.list().first { $0.uuid == guest }?.pid
    }

    /// Processes whose arguments name the guest's socket.
    func processes(_ guest: String = Self.guest) throws -> [pid_t] {
        let all = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }
        return all.filter { pid in
            let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
            return String(decoding: line, as: UTF8.self).contains("\0\(servers.folder)/\(guest).sock\0")
        }
    }

    var leftOver: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: servers.folder).filter { $0 != ".lock" } }
    }
}
