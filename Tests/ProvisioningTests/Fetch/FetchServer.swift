import Foundation
import TestSupport

@testable import Provisioning

/// nginx with images to fetch, and a folder to fetch them into; gone with the value.
final class FetchServer: Sendable {
    let folder: URL
    /// A port that nobody listens on.
    static let deadPort = 9

    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Support/web-server").path

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "hostler-test-\(UUID())")
        for name in ["root", "pool"] {
            try FileManager.default.createDirectory(
                at: folder.appending(path: name),
                withIntermediateDirectories: true
            )
        }
        try Command.check(Self.script, "start", folder.appending(path: "server").path, root.path)
    }

    deinit {
        _ = try? Command.run([Self.script, "stop", folder.appending(path: "server").path])
        try? FileManager.default.removeItem(at: folder)
    }

    var root: URL { folder.appending(path: "root") }
    var pool: String { folder.appending(path: "pool").path }
    var poolNames: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: pool).sorted() } }

    var settings: DownloadSettings {
        var settings = DownloadSettings()
        settings.caFile = folder.appending(path: "server/ca.pem").path
        settings.allowedCIDRs = ["127.0.0.0/8", "::1"]
        settings.proxy = ""
        settings.idleTimeout = 5
        settings.attempts = 2
        settings.retryDelay = 0.01
        return settings
    }

    /// Runs a script of the shell in the folder that is served; `disk SIZE FILE` makes noise with a boot sector's mark.
    func run(_ script: String) throws {
        let disk =
            #"disk() { head -c "$1" /dev/urandom >"$2"; printf '\x55\xaa' | dd of="$2" bs=1 seek=510 conv=notrunc status=none; }"#
        try Command.check("bash", "-c", "set -euo pipefail; cd \"$1\"\n\(disk)\n\(script)", "bash", root.path)
    }

    func url(_ name: String) throws -> String {
        let port = try String(contentsOf: folder.appending(path: "server/port"), encoding: .utf8)
        return "https://localhost:\(port.trimmingCharacters(in: .whitespacesAndNewlines))/\(name)"
    }

    func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: root.appending(path: name))) }

    func sha256(_ name: String) throws -> Checksum {
        Checksum(algorithm: .sha256, hex: hexadecimal(DigestAlgorithm.sha256.digest(try read(name))))
    }

    /// What came into the pool.
    func fetched(_ image: FetchedImage) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: "\(pool)/\(image.file)")))
    }

    func fetch(
        _ name: String,
        id: String = UUID().uuidString,
        checksum: Checksum? = nil,
        format: ImageFormat? = nil,
        _ change: (inout DownloadSettings) -> Void = { _ in }
    ) async throws -> FetchedImage {
        var settings = settings
        change(&settings)
        let request = ImageFetch.Request(
            id: id,
            name: "image",
            url: try url(name),
            checksum: checksum,
            format: format,
            folder: pool
        )
        return try await ImageFetch(settings).run(request, progress: DownloadProgress())
    }

    /// Why it cannot be had.
    func failure(
        _ name: String,
        checksum: Checksum? = nil,
        format: ImageFormat? = nil,
        _ change: (inout DownloadSettings) -> Void = { _ in }
    ) async throws -> DownloadError {
        do { _ = try await fetch(name, checksum: checksum, format: format, change) } catch let error as DownloadError {
            return error
        }
        throw Command.Failed("\(name) was fetched")
    }

    /// A metalink of files that the server, or nobody, has.
    func writeMetalink(_ name: String, mirrors: [String], checksum: Checksum?, size: Int? = nil) throws {
        let urls = mirrors.enumerated().map { "<url priority=\"\($0 + 1)\">\($1)</url>" }.joined()
        let hash = checksum.map { "<hash type=\"sha-256\">\($0.hex)</hash>" } ?? ""
        let length = size.map { "<size>\($0)</size>" } ?? ""
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="image">\(length)\(hash)\(urls)</file></metalink>
            """
        try Data(text.utf8).write(to: root.appending(path: name))
    }
}
