import Foundation
import TestSupport
import Testing

/// The API as its clients meet it: over TLS, and over the socket.
@Suite(.serialized, .enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence))
struct APITests {
    private static let certificates = """
        set -eu; cd "$1"
        key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
        openssl req -x509 $key -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
            -keyout server.key -out server.pem 2>/dev/null
        chmod 600 server.key
        openssl req -x509 $key -days 60 -subj '/CN=Mirror CA' -keyout mirror.key -out mirror.pem 2>/dev/null
        """

    private func withAPI(_ body: (URL, Hostlerd, _ url: String) throws -> Void) throws {
        try withFolder { folder in
            try Command.check("sh", "-c", Self.certificates, "sh", folder.path)
            let port = Int.random(in: 20000..<32000)
            try Hostlerd.with(
                in: folder,
                "api.listen=127.0.0.1:\(port)",
                "api.certificate=\(folder.path)/server.pem",
                "api.key=\(folder.path)/server.key"
            ) { daemon in
                try wait(for: "the listener") { daemon.log.contains("the API is served at") }
                try body(folder, daemon, "https://localhost:\(port)/client/api")
            }
        }
    }

    private struct KeyPair: Decodable {
        let apikey: String
        let secretkey: String
    }

    @Test("cs and libcloud list, start, stop, wait for jobs and see to certificates; whoever is not allowed is refused")
    func clients() throws {
        try withAPI { folder, daemon, url in
            try Guest.with("client-guest", in: folder) { guest in
                try daemon.wait(for: "defined", of: guest.name)
                let made = try Command.check(Command.hostler, "api-key", "create", "trial", "--json")
                let pair = try JSONDecoder().decode(KeyPair.self, from: Data(made.utf8))
                let python = try Command.check(PrivateLibvirt.file("Support/api-clients").path)
                    .trimmingCharacters(in: .whitespacesAndNewlines)
                let trial = PrivateLibvirt.file("Support/api-trial").path
                let seen = try Command.check(
                    python,
                    trial,
                    url,
                    pair.apikey,
                    pair.secretkey,
                    "\(folder.path)/server.pem",
                    "\(folder.path)/mirror.pem",
                    guest.name
                )
                #expect(
                    seen == """
                        zone default
                        hosts 1
                        before Stopped
                        start Running
                        stop Stopped
                        upload UPLOADED
                        list 1 UPLOADED
                        revoke REVOKED
                        again UPLOADED
                        wrong secret 401
                        unknown key 401
                        deploy 432
                        signed 200
                        expired 401
                        fresh 200
                        tampered 401
                        unsigned 401
                        once 200
                        replayed 401
                        libcloud stopped
                        libcloud start Running

                        """
                )
                try Command.check(Command.hostler, "api-key", "revoke", "trial")
                #expect(!daemon.log.contains(pair.secretkey))
            }
        }
    }

    @Test("cs and libcloud register, list and delete templates and ISOs, which are staged with the zone's certificates")
    func templates() throws {
        try withAPI { folder, daemon, url in
            let root = folder.appending(path: "root")
            let pool = folder.appending(path: "pool")
            for path in [root, pool] {
                try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
            }
            try Command.check("mkdir", "-p", "/etc/hostler")
            try "127.0.0.0/8\n::1\n".write(toFile: "/etc/hostler/allowed_cidrs", atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: "/etc/hostler/allowed_cidrs") }
            try Command.check("sh", "-c", Self.image, "sh", root.path)
            let server = PrivateLibvirt.file("Support/web-server").path
            let web = folder.appending(path: "web")
            try Command.check("env", "LIMIT_RATE=4m", server, "start", web.path, root.path)
            defer { _ = try? Command.run([server, "stop", web.path]) }
            let port = try String(contentsOf: web.appending(path: "port"), encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            let made = try Command.check(Command.hostler, "api-key", "create", "templates", "--json")
            let pair = try JSONDecoder().decode(KeyPair.self, from: Data(made.utf8))
            let python = try Command.check(PrivateLibvirt.file("Support/api-clients").path)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            let sum = try Command.check("sha256sum", root.appending(path: "image.qcow2.gz").path).prefix(64)
            let seen = try Command.check(
                python,
                PrivateLibvirt.file("Support/api-template-trial").path,
                url,
                pair.apikey,
                pair.secretkey,
                "\(folder.path)/server.pem",
                "https://localhost:\(port)",
                "\(web.path)/ca.pem",
                "{SHA-256}\(sum)",
                pool.path
            )
            #expect(
                seen == """
                    ftp 431 ftp://x/y.qcow2 is not a URL of a template; one begins with http://HOST/, https://HOST/, nfs://HOST/
                    checksum 431 the checksum 'abc' has 3 hexadecimal digits; there are 32 for MD5, 40 for SHA-1, 56 for \
                    SHA-224, 64 for SHA-256, 96 for SHA-384, 128 for SHA-512
                    secondary 431 directdownload 'false' is for a secondary storage, which there is none of; pass \
                    directdownload=true
                    untrusted False True
                    registered debian Download Complete True QCOW2
                    percentages True
                    name taken 431 there is a template 'debian' already, of another URL or checksum; take another name, or \
                    remove it first (hostler template remove debian)
                    private Download Complete
                    hidden True True
                    bypassed Bypassed Secondary Storage True
                    libcloud ['debian', 'later', 'private']
                    libcloud iso installer
                    delete debian True
                    delete later True
                    delete private True
                    delete iso True
                    left 0 0
                    unknown 431 there is no template '00000000-0000-0000-0000-000000000000'; listTemplates lists those there \
                    are

                    """
            )
            #expect(try FileManager.default.contentsOfDirectory(atPath: pool.path) == [])
            for secret in ["sesame", "token=hidden"] { #expect(!daemon.log.contains(secret)) }
            try Command.check(Command.hostler, "api-key", "revoke", "templates")
        }
    }

    /// Random data does not shrink, so that the download takes its time.
    private static let image = """
        set -eu; cd "$1"
        qemu-img create -q -f qcow2 image.qcow2 64M
        head -c 8M /dev/urandom >noise
        qemu-img dd -f raw -O qcow2 if=noise of=image.qcow2 bs=1M
        gzip image.qcow2
        rm noise
        """

    @Test("certificates with hostlerd and without; what somebody else changes in the trust store is mended")
    func certificates() throws {
        try withAPI { folder, daemon, _ in
            let trust = "/var/lib/hostler/trust"
            // Without the lock.
            func names() throws -> [String] {
                try FileManager.default.contentsOfDirectory(atPath: trust).filter { !$0.hasPrefix(".") }.sorted()
            }
            let uploaded = try Command.check(
                Command.hostler,
                "certificate",
                "upload",
                "mirror",
                "\(folder.path)/mirror.pem"
            )
            #expect(uploaded.contains("UPLOADED"))
            #expect(try names().count == 2)
            try Command.check(
                "openssl",
                "verify",
                "-CApath",
                trust,
                "-no-CAfile",
                "-no-CAstore",
                "\(folder.path)/mirror.pem"
            )
            try FileManager.default.removeItem(atPath: trust + "/mirror.pem")
            let pid = try String(contentsOf: folder.appending(path: "daemon/pid"), encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            try Command.check("kill", "-HUP", pid)
            try wait(for: "the repair") { FileManager.default.fileExists(atPath: trust + "/mirror.pem") }
            let key = try Command.run([Command.hostler, "certificate", "upload", "other", "\(folder.path)/mirror.key"])
            #expect(key.status == 65)
            #expect(
                key.errors
                    == "hostler: there is a private key in it, which nobody else may have; give the certificate alone\n"
            )
            try daemon.stop()
            #expect(try Command.check(Command.hostler, "certificate", "revoke", "mirror").contains("REVOKED"))
            #expect(try names() == [])
            try daemon.start()
            let list = try Command.check(Command.hostler, "certificate", "list", "--hosts")
            #expect(list.contains("mirror  revoked") && list.contains("REVOKED"), "\(list)")
        }
    }

    @Test("the socket tells who is at its other end, and nobody else may use it")
    func peers() throws {
        try withAPI { folder, _, _ in
            let socket = "/run/hostler/hostler.sock"
            let attributes = try FileManager.default.attributesOfItem(atPath: socket)
            #expect(attributes[.posixPermissions] as? Int == 0o660)
            let stranger = try Command.run(
                ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Command.hostler, "status"]
            )
            #expect(stranger.status == 69)
            #expect(stranger.errors.contains("you may not use \(socket)"), "\(stranger.errors)")
            let metrics = try Command.check("curl", "-sf", "--unix-socket", socket, "http://localhost/metrics")
            #expect(metrics.contains("# TYPE hostler_guests gauge") || metrics.contains("hostler_libvirt_connected 1"))
        }
    }

    @Test("a client that is slow, that sends too much, or that speaks no TLS, is cut off, and others are served")
    func hostile() throws {
        try withFolder { folder in
            try Command.check("sh", "-c", Self.certificates, "sh", folder.path)
            let port = Int.random(in: 20000..<32000)
            try Hostlerd.with(
                in: folder,
                "api.listen=127.0.0.1:\(port)",
                "api.certificate=\(folder.path)/server.pem",
                "api.key=\(folder.path)/server.key",
                "api.timeout=2s"
            ) { daemon in
                try wait(for: "the listener") { daemon.log.contains("the API is served at") }
                let before = try memory(folder)
                let outcome = try Command.check(
                    "python3",
                    PrivateLibvirt.file("Support/api-abuse").path,
                    String(port),
                    "\(folder.path)/server.pem"
                )
                #expect(
                    outcome == """
                        slow head cut
                        slow body cut
                        large body 413
                        plain text cut
                        garbage cut
                        many connections served

                        """
                )
                #expect(try memory(folder) - before < 100 << 20)
            }
        }
    }

    /// The daemon's resident memory, in bytes.
    private func memory(_ folder: URL) throws -> Int {
        let pid = try String(contentsOf: folder.appending(path: "daemon/pid"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let pages = try String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8).split(separator: " ")
        return (Int(pages[1]) ?? 0) * 4096
    }
}
