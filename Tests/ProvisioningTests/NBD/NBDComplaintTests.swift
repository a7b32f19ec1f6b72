import Foundation
import Glibc
import TestSupport
import Testing

@testable import Provisioning

@Suite("complaints of NBD servers", .serialized)
struct NBDComplaintTests {
    @Test("who cannot be trusted or read is named in one sentence, and nothing is left")
    func refused() throws {
        try ImageServer.with { web in
            var stranger = web.options
            stranger.trustFolder = nil
            let cases: [(DownloadError.Code, String, NBDOptions)] = [
                (.untrusted, try web.url(), stranger),
                (.wrongName, try web.url(host: "other.localhost"), web.options),
                (.status, try web.url("/missing.iso"), web.options),
                (.noRanges, try web.url("/no-ranges/a.iso"), web.options),
                (.noConnection, "https://localhost:1/a.iso?token=\(ImageServer.token)", web.options),
                (.unknownHost, "https://iso.invalid/a.iso?token=\(ImageServer.token)", web.options),
            ]
            for (code, url, options) in cases {
                let error = complaint { try web.servers.start(ImageServer.guest, url: url, options: options) }
                #expect(error?.code == code, "\(url): \(error?.message ?? "served")")
                let message = error?.message ?? ""
                #expect(
                    !message.contains(ImageServer.token) && !message.contains("\n")
                        && message.first?.isUppercase == false
                )
                #expect(message.contains("'https://"), "\(message)")
                #expect(try web.leftOver == [])
                #expect(try web.processes().isEmpty)
            }
            try web.start()
            #expect(try web.copy() == web.image)
        }
    }

    @Test("a certificate that is not checked may be anybody's")
    func unverified() throws {
        try ImageServer.with(megabytes: 1) { web in
            var options = web.options
            options.trustFolder = nil
            options.verifies = false
            try web.servers.start(ImageServer.guest, url: try web.url(host: "other.localhost"), options: options)
            #expect(try web.copy() == web.image)
        }
    }

    @Test("the system's authorities and the trust folder count both")
    func bothStores() throws {
        try ImageServer.with(megabytes: 1) { web in
            let trust = web.folder.appending(path: "trust")
            let empty = web.folder.appending(path: "empty").path
            try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
            var options = web.options
            options.trustFolder = empty
            options.caFile = trust.appending(path: "ca.pem").path
            try web.start(options: options)
            let pem = try TestCertificate.make("/CN=Nobody", in: web.folder)
            try pem.write(toFile: web.folder.appending(path: "other.pem").path, atomically: false, encoding: .utf8)
            options.caFile = web.folder.appending(path: "other.pem").path
            #expect(complaint { try web.start(options: options, replace: true) }?.code == .untrusted)
            options.trustFolder = trust.path
            try web.start(options: options)
            options.caFile = "/nonexistent/ca.pem"
            try web.start(options: options, replace: true)
        }
    }

    @Test("a web server that says nothing is given up after the time that it is given")
    func silent() throws {
        try ImageServer.with(megabytes: 1) { web in
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(listener) }
            let port = listen(listener)
            #expect(port != 0)
            var options = web.options
            options.timeout = 1
            let error = complaint {
                try web.servers.start(ImageServer.guest, url: "https://127.0.0.1:\(port)/a.iso", options: options)
            }
            #expect(error?.code == .timeout && error?.isTemporary == true, "\(error?.message ?? "served")")
            let left = try web.leftOver
            #expect(left == [])
        }
    }

    @Test("nbdkit without its plugin, and no nbdkit at all, are told apart from a bad URL")
    func missing() throws {
        try withFolder { folder in
            let nbd = folder.appending(path: "nbd").path
            let url = "https://localhost:1/a.iso"
            let none = NBDServers(folder: nbd, program: "no-such-nbdkit")
            let absent = complaint { try none.start(ImageServer.guest, url: url) }
            #expect(absent?.code == .missingProgram && absent?.message.contains("install") == true)
            let program = folder.appending(path: "nbdkit").path
            for (part, script) in [
                (
                    "curl",
                    #"for a; do shift; [ "$a" = curl ] && a=hostler-none; set -- "$@" "$a"; done; exec nbdkit "$@""#
                ),
                ("cache", #"exec nbdkit --filter=hostler-none "$@""#),
            ] {
                try Command.makeProgram(program, script)
                let error = complaint {
                    try NBDServers(folder: nbd, program: program).start(ImageServer.guest, url: url)
                }
                #expect(error?.code == .missingProgram, "\(part): \(error?.message ?? "served")")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: nbd) == [".lock"])
        }
    }

    @Test("a folder without room for the cache is refused", .enabled(if: geteuid() == 0))
    func noSpace() throws {
        try ImageServer.with { web in
            let small = web.folder.appending(path: "small").path
            try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: true)
            let error = try PrivateMount.run(size: "1m", at: small) { () -> DownloadError? in
                var options = web.options
                options.cacheFolder = small
                do { try web.start(options: options) } catch let error as DownloadError { return error }
                return nil
            }
            #expect(error?.code == .noSpace && error?.message.contains(small) == true)
            #expect(try web.leftOver == [])
        }
    }

    @Test("a socket that speaks something else, or nothing, is not waited for")
    func probe() throws {
        try withFolder { folder in
            let path = folder.appending(path: "s").path
            #expect(throws: NBDProbe.Failure.noListener(ENOENT)) { try NBDProbe.size(path, seconds: 5) }
            #expect(throws: NBDProbe.Failure.noListener(ENAMETOOLONG)) {
                try NBDProbe.size(path + String(repeating: "x", count: 200), seconds: 5)
            }
            let pid = folder.appending(path: "pid").path
            for (arguments, expected) in [
                (["memory", "1234567"], nil), (["-o", "memory", "1M"], NBDProbe.Failure.protocolError),
                (["eval", "open=echo no >&2; exit 1", "get_size=echo 1"], .refused),
            ] {
                let outcome = try Command.run(["nbdkit", "-P", pid, "-U", path] + arguments)
                #expect(outcome.status == 0, "\(outcome.errors)")
                // The daemon writes it, which goes on after its parent has ended.
                try wait(for: "nbdkit") { NBDFiles.read(pid)?.hasSuffix("\n") ?? false }
                let process = try #require(pid_t((NBDFiles.read(pid) ?? "").trimmingCharacters(in: .newlines)))
                defer {
                    kill(process, SIGKILL)
                    unlink(path)
                    unlink(pid)
                }
                if let expected {
                    #expect(throws: expected) { try NBDProbe.size(path, seconds: 60) }
                } else {
                    #expect(try NBDProbe.size(path, seconds: 60) == 1_234_567)
                }
            }
        }
    }

    /// - Returns: the port, on 127.0.0.1, at which nobody will ever answer; 0 where there is none.
    private func listen(_ descriptor: Int32) -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && Glibc.listen(descriptor, 5) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        return isBound ? UInt16(bigEndian: address.sin_port) : 0
    }

    private func complaint(_ body: () throws -> some Any) -> DownloadError? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? DownloadError
        }
    }
}
