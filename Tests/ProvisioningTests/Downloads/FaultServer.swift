import Foundation
import Glibc
import TestSupport

@testable import Provisioning

/// `Tests/Support/fault-server` with an authority of its own, and what downloads from it need.
final class FaultServer: Sendable {
    let folder: URL
    let content: [UInt8]
    let ports: [String: Int]
    private let process: pid_t

    static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Support/fault-server").path

    init(size: Int = 400_000) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "hostler-test-\(UUID())")
        for name in ["trust", "none", "pool"] {
            try FileManager.default.createDirectory(
                at: folder.appending(path: name),
                withIntermediateDirectories: true
            )
        }
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        let block = (0..<min(size, 1 << 20)).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        // No two blocks are the same: the first byte of each counts them.
        var content: [UInt8] = []
        while content.count < size {
            content += block.prefix(size - content.count)
            content[content.count / block.count * block.count - block.count] = UInt8(content.count / block.count & 0xFF)
        }
        self.content = content
        try Data(content).write(to: folder.appending(path: "content"))
        try Command.check("sh", "-euc", Self.certificates, "sh", folder.path)
        let output = try Command.check(
            "sh",
            "-c",
            #"python3 "$1" "$2" "$2/content" "$3" </dev/null >"$2/log" 2>&1 & echo $!"#,
            "sh",
            Self.script,
            folder.path,
            "\(getpid())"
        )
        guard let number = pid_t(output.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Command.Failed("no process: \(output)")
        }
        process = number
        let file = folder.appending(path: "ports")
        try wait(for: "the server") { FileManager.default.fileExists(atPath: file.path) }
        ports = try JSONDecoder().decode([String: Int].self, from: Data(contentsOf: file))
    }

    deinit {
        kill(process, SIGTERM)
        try? FileManager.default.removeItem(at: folder)
    }

    private static let certificates = """
        cd "$1"
        key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
        openssl req -x509 $key -days 2 -subj '/CN=Download test CA' -keyout ca.key -out ca.pem 2>log
        touch index.txt; echo 01 >serial
        printf '[ca]\\ndefault_ca=a\\n[a]\\ndatabase=index.txt\\nserial=serial\\nnew_certs_dir=.\\ndefault_md=sha256\\n' >ca.cnf
        printf 'policy=p\\ncopy_extensions=copy\\nunique_subject=no\\n[p]\\ncommonName=supplied\\n' >>ca.cnf
        sign() {
          openssl req $key -subj "/CN=$2" -addext "subjectAltName=DNS:$2" -keyout $1.key -out $1.csr
          openssl ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -in $1.csr -out $1.new -notext $3
          mv $1.new $1.pem
        }
        {
          sign good localhost '-days 2'
          sign second localhost '-days 2'
          sign other other.example '-days 2'
          sign expired localhost '-startdate 20200101000000Z -enddate 20200102000000Z'
          openssl req -x509 $key -days 2 -subj '/CN=localhost' -addext subjectAltName=DNS:localhost \\
            -keyout self.key -out self.pem
          rm -f 0?.pem
          cp ca.pem trust/
          openssl rehash trust
        } >>log 2>&1 || { cat log >&2; exit 1; }
        """

    func url(_ path: String, _ certificate: String = "good") -> String {
        "\(certificate == "http" ? "http" : "https")://localhost:\(ports[certificate] ?? 0)/\(path)"
    }

    var settings: DownloadSettings {
        var settings = DownloadSettings()
        settings.trustFolder = folder.appending(path: "trust").path
        settings.allowedCIDRs = ["127.0.0.0/8", "::1"]
        settings.proxy = ""
        settings.idleTimeout = 2
        settings.retryDelay = 0.01
        settings.attempts = 3
        return settings
    }

    var pool: String { folder.appending(path: "pool").path }

    var sha256: Checksum { Checksum(algorithm: .sha256, hex: hexadecimal(DigestAlgorithm.sha256.digest(content))) }

    func partial(_ id: String = UUID().uuidString) throws -> PartialFile {
        guard let file = try PartialFile.open(in: pool, id: id) else { throw Command.Failed("\(id) is busy") }
        return file
    }

    func item(_ paths: String...) -> DownloadItem { DownloadItem(urls: paths.map { url($0) }) }

    /// Downloads with what the settings are after `change`.
    @discardableResult
    func download(
        _ item: DownloadItem,
        into file: PartialFile,
        progress: DownloadProgress = DownloadProgress(),
        _ change: (inout DownloadSettings) -> Void = { _ in }
    ) async throws -> DownloadedSource {
        var settings = settings
        change(&settings)
        return try await Downloader(settings).download(item, into: file, progress: progress)
    }

    /// What a download that does not work throws.
    func failure(
        _ item: DownloadItem,
        _ change: (inout DownloadSettings) -> Void = { _ in }
    ) async throws -> DownloadError {
        do {
            try await download(item, into: partial(), change)
        } catch let error as DownloadError { return error }
        throw Command.Failed("\(item.urls) was downloaded")
    }

    func bytes(_ file: PartialFile) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: file.path))) }

    struct Request: Decodable {
        var method: String?
        var path: String
        var range: String?
        var if_range: String?
        var secret: String?
        var login: String?
        var coding: String?
        var agent: String?
        var sent: Int?
    }

    /// What was asked, and how much was sent, for paths that begin so.
    func requests(_ path: String = "/") throws -> [Request] {
        try String(contentsOf: folder.appending(path: "requests"), encoding: .utf8).split(separator: "\n")
            .map { try JSONDecoder().decode(Request.self, from: Data($0.utf8)) }
            .filter { $0.path.hasPrefix(path) }
    }
}
