import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Provisioning

/// Images brought here whole from a real server: downloaded, checked, unpacked, published.
@Suite("fetching of images")
struct ImageFetchTests {
    @Test("what is refused leaves nothing behind, and says why")
    func refused() async throws {
        let server = try FetchServer()
        try server.run(
            """
            qemu-img create -q -f qcow2 base.qcow2 1M
            qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 overlay.qcow2
            echo '<!DOCTYPE html><html><body>404 with 200</body></html>' >page.qcow2
            qemu-img create -q -f vmdk image.vmdk 1M
            disk 1M plain.img
            gzip -k plain.img; tail -c +100 plain.img.gz >broken.gz; head -c 500000 plain.img.gz >cut.gz
            truncate -s 64M bomb; gzip bomb
            : >empty.img
            printf '<?xml version="1.0"?><metalink xmlns="urn:ietf:params:xml:ns:metalink"></metalink>' >none.meta4
            """
        )
        let wrong = Checksum(algorithm: .sha256, hex: String(repeating: "0", count: 64))
        let cases:
            [(name: String, checksum: Checksum?, format: ImageFormat?, code: DownloadError.Code, words: String)] = [
                ("missing.qcow2", nil, nil, .status, "404"), ("missing", nil, nil, .status, "404"),
                ("missing.meta4", nil, nil, .status, "404"),
                ("overlay.qcow2", nil, nil, .badImage, "backing file"),
                ("page.qcow2", nil, nil, .badImage, "web page"),
                ("image.vmdk", nil, nil, .badImage, "format qcow2"),
                ("plain.img", nil, .qcow2, .badImage, "not qcow2 but raw"),
                ("base.qcow2", nil, .iso, .badImage, "qcow2"),
                ("plain.img", wrong, nil, .checksum, wrong.hex),
                ("plain.img.gz", wrong, nil, .checksum, wrong.hex),
                ("cut.gz", nil, nil, .badArchive, "gzip"),
                ("none.meta4", nil, nil, .badMetalink, "metalink"),
                ("empty.img", nil, nil, .badImage, "is empty"),
            ]
        for (name, checksum, format, code, words) in cases {
            let error = try await server.failure(name, checksum: checksum, format: format)
            #expect(error.code == code, "\(name): \(error)")
            #expect(error.message.contains(words), "\(name): \(error)")
            #expect(try server.poolNames == [], "\(name)")
        }
        let bomb = try await server.failure("bomb.gz") { $0.maximumSize = 1 << 20 }
        #expect(bomb.code == .tooLarge)
        let large = try await server.failure("plain.img") { $0.maximumSize = 1 << 19 }
        #expect(large.code == .tooLarge)
        #expect(try server.poolNames == [])
    }

    @Test("nothing is left of a download that never began")
    func neverBegan() async throws {
        let server = try FetchServer()
        for url in ["https://localhost:\(FetchServer.deadPort)/x.img?token=geheim", "ftp://localhost/x", "https:///x"] {
            let request = ImageFetch.Request(id: "never", name: "image", url: url, folder: server.pool)
            let error = await #expect(throws: DownloadError.self) {
                try await ImageFetch(server.settings).run(request, progress: DownloadProgress())
            }
            #expect(error?.message.contains("geheim") == false)
            #expect(try server.poolNames == [])
        }
    }

    @Test("an image is announced before it has its name, and not given it where that is refused")
    func announced() async throws {
        let server = try FetchServer()
        try server.run("disk 300000 plain.img; gzip -k plain.img")
        for name in ["plain.img", "plain.img.gz"] {
            let request = ImageFetch.Request(
                id: "announced",
                name: name,
                url: try server.url(name),
                format: .raw,
                folder: server.pool
            )
            let refused = await #expect(throws: DownloadError.self) {
                try await ImageFetch(server.settings).run(request, progress: DownloadProgress()) {
                    _ throws(DownloadError) in throw DownloadError(.other, "not now")
                }
            }
            #expect(refused?.message == "not now")
            #expect(try !server.poolNames.contains { $0.hasPrefix("\(name)-") })
            let told = Mutex<[FetchedImage]>([])
            // The second time it is there already.
            for times in 1...2 {
                let image = try await ImageFetch(server.settings).run(request, progress: DownloadProgress()) { image in
                    told.withLock { $0.append(image) }
                }
                #expect(told.withLock { $0 } == Array(repeating: image, count: times))
                #expect(try server.poolNames.filter { $0.hasPrefix("\(name)-") } == [image.file])
            }
        }
        #expect(try server.poolNames.count == 2)
    }

    @Test("headers go to the server that they were given for, however it is written, and to no mirror elsewhere")
    func headers() async throws {
        let server = try FetchServer()
        try server.run("disk 300000 plain.img")
        let local = try server.url("private/plain.img")
        let elsewhere = local.replacing("localhost", with: "127.0.0.1")
        func fetch(_ url: String) async throws -> FetchedImage {
            let request = ImageFetch.Request(
                id: "headers",
                name: "image",
                url: url,
                headers: [try HTTPHeader("X-Token", "sesame")],
                format: .raw,
                folder: server.pool
            )
            return try await ImageFetch(server.settings).run(request, progress: DownloadProgress())
        }
        for host in ["localhost", "LOCALHOST", "local%68ost"] {
            #expect(try await fetch(local.replacing("localhost", with: host)).fileSize == 300_000)
        }
        for (mirror, isTrusted) in [(local, true), (elsewhere, false)] {
            let metalink = """
                <?xml version="1.0" encoding="UTF-8"?>
                <metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="plain.img"><size>300000</size>
                <hash type="sha-256">\(try server.sha256("plain.img").hex)</hash><url>\(mirror)</url></file></metalink>
                """
            try Data(metalink.utf8).write(to: server.root.appending(path: "image.meta4"))
            let url = try server.url("private/image.meta4")
            if isTrusted {
                #expect(try await fetch(url).fileSize == 300_000)
            } else {
                let error = await #expect(throws: DownloadError.self) { try await fetch(url) }
                #expect(error?.code == .status, "\(error?.message ?? "")")
            }
        }
    }

    @Test("qcow2, raw and ISO, plain and packed in every way")
    func formats() async throws {
        let server = try FetchServer()
        try server.run(
            """
            disk 3M noise; truncate -s 5M noise
            cp noise image.raw; qemu-img convert -f raw -O qcow2 noise image.qcow2
            mkdir tree; cp /etc/hostname tree/; xorriso -as mkisofs -quiet -o image.iso tree 2>/dev/null
            for kind in raw qcow2 iso; do
              gzip -k image.$kind; xz -k0 image.$kind; zstd -q image.$kind; bzip2 -k image.$kind
              zip -q image.$kind.zip image.$kind; tar -cf image.$kind.tar image.$kind
              tar -czf image.$kind.tgz image.$kind
            done
            """
        )
        for format in [ImageFormat.raw, .qcow2, .iso] {
            let name = "image.\(format.rawValue)"
            let content = try server.read(name)
            var files: Set<String> = []
            for ending in ["", ".gz", ".xz", ".zst", ".bz2", ".zip", ".tar", ".tgz"] {
                let image = try await server.fetch(name + ending, checksum: try server.sha256(name + ending))
                #expect(image.format == format, "\(name)\(ending)")
                #expect(try server.fetched(image) == content, "\(name)\(ending)")
                #expect(image.imageDigest == (try server.sha256(name)))
                #expect(image.sourceDigests == [try server.sha256(name + ending)])
                #expect(image.fileSize == Int64(content.count))
                #expect(image.virtualSize == (format == .qcow2 ? 5 << 20 : Int64(content.count)))
                files.insert(image.file)
            }
            // The same content is the same file.
            let digest = try server.sha256(name).hex.prefix(12)
            #expect(files == ["image-\(digest).\(format.rawValue)"])
        }
        #expect(try server.poolNames.count == 3)
        for name in try server.poolNames {
            let mode = try FileManager.default.attributesOfItem(atPath: "\(server.pool)/\(name)")[.posixPermissions]
            #expect(mode as? Int == 0o644)
        }
    }

    @Test("vmdk and vhdx are converted where qcow2 is asked for")
    func converted() async throws {
        let server = try FetchServer()
        try server.run(
            """
            disk 1M noise; truncate -s 4M noise
            qemu-img convert -f raw -O vmdk noise image.vmdk; qemu-img convert -f raw -O vhdx noise image.vhdx
            gzip -k image.vmdk
            """
        )
        for name in ["image.vmdk", "image.vhdx", "image.vmdk.gz"] {
            let image = try await server.fetch(name, format: .qcow2)
            #expect(image.format == .qcow2)
            let compared = try Command.run([
                "qemu-img", "compare", server.root.appending(path: "noise").path, "\(server.pool)/\(image.file)",
            ])
            #expect(compared.status == 0, "\(name): \(compared.output)\(compared.errors)")
        }
        #expect(try server.poolNames.allSatisfy { $0.hasPrefix("image-") })
    }

    @Test("a file of that name with other content is left alone")
    func foreign() async throws {
        let server = try FetchServer()
        try server.run("disk 1M image.raw")
        let digest = try server.sha256("image.raw").hex.prefix(12)
        let taken = "\(server.pool)/image-\(digest).raw"
        try Data("mine".utf8).write(to: URL(filePath: taken))
        for _ in 1...2 {
            let image = try await server.fetch("image.raw")
            #expect(image.file == "image-\(digest)-2.raw")
        }
        #expect(try String(contentsOfFile: taken, encoding: .utf8) == "mine")
        #expect(try server.poolNames == ["image-\(digest)-2.raw", "image-\(digest).raw"])
    }

    @Test("a metalink by its name and by its content, past a dead and a corrupt mirror")
    func metalink() async throws {
        let server = try FetchServer()
        try server.run(
            """
            disk 1M image.raw; gzip -k image.raw
            disk 1M other.raw; gzip -k other.raw
            { head -c 5000 image.raw.gz; head -c 3000 /dev/zero; tail -c +8001 image.raw.gz; } >corrupt.gz
            """
        )
        let mirrors = [
            "https://localhost:\(FetchServer.deadPort)/image", try server.url("missing.gz"),
            try server.url("corrupt.gz"),
            try server.url("other.raw.gz"), try server.url("image.raw.gz"),
        ]
        let checksum = try server.sha256("image.raw.gz")
        for name in ["image.meta4", "by-content"] {
            try server.writeMetalink(name, mirrors: mirrors, checksum: checksum)
            let image = try await server.fetch(name)
            #expect(try server.fetched(image) == (try server.read("image.raw")))
            #expect(image.sourceDigests == [checksum])
        }
        #expect(try server.poolNames.count == 1)
        // What the user says counts as much as what the metalink says.
        let own = try await server.fetch("image.meta4", checksum: checksum)
        #expect(try server.poolNames == [own.file])
        let error = try await server.failure("image.meta4", checksum: try server.sha256("image.raw"))
        #expect(error.code == .checksum && error.message.hasSuffix("was asked for; check both"))
        #expect(try server.poolNames == [own.file])
        // All mirrors are wrong.
        try server.writeMetalink("wrong.meta4", mirrors: Array(mirrors.dropLast()), checksum: checksum)
        let none = try await server.failure("wrong.meta4")
        #expect(none.code != .badMetalink)
        #expect(try server.poolNames == [own.file])
    }

    @Test("whether the source has changed: a metalink's own word counts, not that of a mirror")
    func unchanged() async throws {
        let server = try FetchServer()
        try server.run("disk 1M image.raw")
        try server.writeMetalink(
            "image.meta4",
            mirrors: [try server.url("image.raw")],
            checksum: try server.sha256("image.raw")
        )
        let fetch = try ImageFetch(server.settings)
        for name in ["image.meta4", "image.raw"] {
            let validator = try #require(try await server.fetch(name).validator)
            let url = try server.url(name)
            #expect(try await fetch.isUnchanged(url, headers: [], since: validator) == true)
            try server.run("sleep 1.1; echo ' ' >>\(name)")
            #expect(try await fetch.isUnchanged(url, headers: [], since: validator) == false)
        }
    }

    @Test("what killed processes have left is gone with the next fetch")
    func sweeps() async throws {
        let server = try FetchServer()
        try server.run("disk 1M image.raw")
        let left = "\(server.pool)/.hostler-x.0123456789abcdef.image"
        for path in [left, "\(server.pool)/.hostler-mine.image"] { try Data("x".utf8).write(to: URL(filePath: path)) }
        let image = try await server.fetch("image.raw")
        #expect(try server.poolNames == [".hostler-mine.image", image.file])
    }

    @Test("more downloads at once than are unpacked at once; those that are cancelled wait for nobody")
    func many() async throws {
        let server = try FetchServer()
        try server.run("disk 1M image.raw; gzip -k image.raw; : >gate")
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { try await server.fetch("image.raw.gz").file } }
            var files: Set<String> = []
            for try await file in group { files.insert(file) }
            #expect(files.count == 1)
        }
        #expect(try server.poolNames.count == 1)
    }
}
