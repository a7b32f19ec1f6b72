import Foundation
import Glibc
import TestSupport
import Testing

/// Staging where something goes wrong: it is killed, the disk is full, certificates are not to be trusted.
@Suite(.serialized, .enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence))
struct TemplateFaultTests {
    /// A qcow2 whose content cannot be compressed.
    private static func noise(_ size: String, _ path: String) throws {
        let script = """
            head -c "$1" /dev/urandom >"$2.raw" && qemu-img convert -f raw -O qcow2 "$2.raw" "$2" && rm "$2.raw"
            """
        try Command.check("sh", "-ec", script, "sh", size, path)
    }

    @Test("killed at 50 random points: what came is gone on with, the digest is right, and nothing is left over")
    func killed() throws {
        try Templates.withHost { folder, server in
            let image = folder.appending(path: "noise.qcow2").path
            try Self.noise("12M", image)
            let packed = server.root.appending(path: "noise.qcow2.gz").path
            try Command.check("sh", "-c", "gzip -1 <\"$1\" >\"$2\"", "sh", image, packed)
            let (digest, sum) = (try Templates.sha256(image), try Templates.sha256(packed))
            try server.restart(rate: "6m")
            let pool = folder.appending(path: "pool").path
            try FileManager.default.createDirectory(atPath: pool, withIntermediateDirectories: true)
            let url = try server.url("noise.qcow2.gz")
            let stage = [
                Command.hostler, "template", "stage", "--quiet", "--pool", pool, "--checksum", sum, "--name", "noise",
                url,
            ]
            func whole() throws {
                #expect(try Templates.states() == ["ready"])
                let files = try Templates.files(pool)
                #expect(files.count == 1 && !files.contains { $0.hasPrefix(".") }, "\(files)")
                let file = try #require(files.first)
                #expect(try Templates.sha256("\(pool)/\(file)") == digest)
                try Templates.remove()
                #expect(try Templates.files(pool) == [])
            }
            var (kills, finished) = (0, 0)
            while kills < 50 {
                let seconds = "\(Double.random(in: 0.02...1))"
                let outcome = try Command.run(["timeout", "-s", "KILL", seconds] + stage)
                if outcome.status == 0 {
                    finished += 1
                    try whole()
                    continue
                }
                #expect(outcome.status == 137, "\(outcome.errors)")
                kills += 1
                let states = try Templates.states()
                #expect(!states.contains("staging") && !states.contains("failed"), "after kill \(kills): \(states)")
                let visible = try Templates.files(pool).filter { !$0.hasPrefix(".") }
                #expect(visible == [] || states == ["ready"], "\(visible) \(states)")
            }
            let last = try Command.run(stage)
            #expect(last.status == 0, "\(last.errors)")
            try whole()
            let resumed = try server.requests("noise.qcow2.gz").count { $0.contains(/"bytes=[1-9][0-9]*-/) }
            print("killed \(kills) times, resumed \(resumed) times, whole before \(finished) times")
            #expect(resumed > 25)
        }
    }

    @Test("killed in the moment when the file gets its name: it is ready, and nothing is fetched again")
    func killedAtTheEnd() throws {
        try Templates.withHost { folder, server in
            let image = folder.appending(path: "noise.qcow2").path
            try Self.noise("1M", image)
            try Command.check(
                "sh",
                "-c",
                "cp \"$1\" \"$2\"; gzip -1 <\"$1\" >\"$2/noise.qcow2.gz\"",
                "sh",
                image,
                server.root.path
            )
            let pool = folder.appending(path: "pool").path
            try FileManager.default.createDirectory(atPath: pool, withIntermediateDirectories: true)
            let script = """
                "$@" & pid=$!
                for file in "$POOL"/noise-*; do :; done
                until [ -e "$file" ]; do kill -0 $pid 2>/dev/null || break; for file in "$POOL"/noise-*; do :; done; done
                kill -KILL $pid 2>/dev/null; wait $pid 2>/dev/null
                """
            for name in ["noise.qcow2", "noise.qcow2.gz"] {
                for time in 1...5 {
                    let url = try server.url(name)
                    let stage = [
                        Command.hostler, "template", "stage", "--quiet", "--pool", pool, "--name", "noise", url,
                    ]
                    _ = try Command.run(["env", "POOL=\(pool)", "sh", "-c", script, "sh"] + stage)
                    #expect(try Templates.states() == ["ready"], "\(name), time \(time)")
                    let last = try Command.run(stage)
                    #expect(last.status == 0, "\(last.errors)")
                    let files = try Templates.files(pool)
                    let file = try #require(files.first)
                    #expect(files.count == 1, "\(files)")
                    #expect(try Templates.sha256("\(pool)/\(file)") == Templates.sha256(image))
                    #expect(try server.requests(name).count == time)
                    try Templates.remove()
                    #expect(try Templates.files(pool) == [])
                }
            }
        }
    }

    @Test("a full disk: each stage says what is missing, nothing is left, and with more room it goes on")
    func full() throws {
        try Templates.withHost { folder, server in
            let image = server.root.appending(path: "noise.qcow2").path
            try Self.noise("48M", image)
            let digest = try Templates.sha256(image)
            let url = try server.url("noise.qcow2")
            func refused(_ disk: String, _ url: String) throws {
                let said = try Templates.refusal("--pool", disk, url)
                #expect(said.contains(/has [0-9]+ bytes free where [0-9]+ more are needed; make room there/), "\(said)")
                let left = try Templates.files(disk)
                #expect(!left.contains { !$0.hasPrefix(".") }, "\(left)")
                #expect(try Templates.states().contains("failed") && !Templates.states().contains("staging"))
            }
            func accepted(_ disk: String, _ url: String) throws {
                try Templates.grow(disk, to: "100m")
                #expect(try Templates.sha256(Templates.stage("--pool", disk, url)) == digest)
                #expect(try Templates.files(disk).count == 1)
                try Templates.remove()
            }
            try Templates.withSmallDisk("40m", in: folder) { disk in
                try refused(disk, url)
                #expect(try Templates.files(disk) == [])
                // Refused by its size alone.
                #expect(try !server.requests("noise.qcow2").contains { $0.contains(/" [0-9]{8,} "/) })
                try accepted(disk, url)
            }
            // No length is declared: it ends when the disk is full.
            try withFaultServer(folder, image) { port in
                try Templates.withSmallDisk("40m", in: folder) { disk in
                    try refused(disk, "http://localhost:\(port)/chunked")
                    try accepted(disk, "http://localhost:\(port)/chunked")
                }
            }
            // Small as it comes, large as it is expanded.
            let (plain, packed) = (folder.appending(path: "plain").path, server.root.appending(path: "wide.gz").path)
            let pattern = (0..<8192).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5 | 1) }
            var wide = Data()
            for _ in 0..<(48 << 20) / pattern.count { wide.append(contentsOf: pattern) }
            try wide.write(to: URL(filePath: plain))
            try Command.check("sh", "-c", "gzip -9 <\"$1\" >\"$2\"", "sh", plain, packed)
            try Templates.withSmallDisk("40m", in: folder) { disk in
                let arguments = ["--pool", disk, "--format", "raw", try server.url("wide.gz")]
                let outcome = try Command.run([Command.hostler, "template", "stage", "--quiet"] + arguments)
                #expect(
                    outcome.status == 1 && outcome.errors.contains(/no space.* [0-9]+ bytes are free/),
                    "\(outcome.errors)"
                )
                #expect(try !Templates.files(disk).contains { !$0.hasPrefix(".") })
                try Templates.grow(disk, to: "100m")
                let path = try Templates.stage("--pool", disk, "--format", "raw", try server.url("wide.gz"))
                #expect(try Templates.sha256(path) == Templates.sha256(plain))
                #expect(try Templates.files(disk).count == 1)
                try Templates.remove()
            }
        }
    }

    @Test("a disk too full for a guest's overlay refuses its start in one sentence; with room it starts")
    func overlay() throws {
        try Templates.withHost { folder, server in
            try Self.noise("1M", server.root.appending(path: "noise.qcow2").path)
            try Templates.withSmallDisk("40m", in: folder) { disk in
                try Templates.stage("--pool", disk, "--name", "noise", try server.url("noise.qcow2"))
                try Guest.with("cramped", in: folder) { guest in
                    let fill = "\(disk)/fill"
                    _ = try Command.run(["dd", "if=/dev/zero", "of=\(fill)", "bs=4k", "count=100000"])
                    let set = try Command.run([
                        Command.hostler, "set", guest.name, "template=noise", "template_pool=\(disk)",
                    ])
                    let overlay = "\(disk)/hostler-\(try guest.uuid)-vda.qcow2"
                    let refused = try Command.run([Command.hostler, "start", guest.name, "--paused"])
                    #expect(refused.status == 1, "\(set.errors) \(refused.errors)")
                    #expect(refused.errors.contains(/no space.* [0-9]+ bytes are free/), "\(refused.errors)")
                    #expect(refused.errors.split(separator: "\n").count == 1, "\(refused.errors)")
                    #expect(!ConfigDrives.exists(overlay))
                    let left = try Templates.files(disk).filter { $0.hasPrefix(".") }
                    #expect(left == [])
                    try FileManager.default.removeItem(atPath: fill)
                    try Command.check(Command.hostler, "start", guest.name, "--paused")
                    #expect(ConfigDrives.exists(overlay))
                }
            }
        }
    }

    @Test("a pool whose file system does not answer: starts that need it are refused in time, all others go on")
    func hung() throws {
        try ConfigDrives.withHook {
            try Templates.withHost { folder, server in
                try Self.noise("1M", server.root.appending(path: "noise.qcow2").path)
                let url = try server.url("noise.qcow2")
                try Templates.withFileServer(in: folder) { pool, process in
                    try Hostlerd.with(in: folder, "hook.wait=6s") { daemon in
                        try withGuests(["a", "b", "c", "d", "other", "elsewhere"], in: folder) { guests in
                            let (needy, other, elsewhere) = (guests.prefix(4), guests[4], guests[5])
                            for guest in needy {
                                try guest.set("template=\(url)", "template_pool=\(pool)")
                                let disk = try "\(pool)/hostler-\(guest.uuid)-vda.qcow2"
                                try wait(for: "the disk of \(guest.name)") { ConfigDrives.exists(disk) }
                            }
                            kill(process, SIGSTOP)
                            let script = """
                                for guest in a b c d; do virsh start --paused $guest >"$1/$guest.said" 2>&1 & done
                                sleep 8
                                timeout 30 "$2" status --json other >/dev/null || echo "no answer"
                                virsh dumpxml a --inactive >"$1/a.xml" && virsh define "$1/a.xml"
                                timeout 30 virsh start --paused other || echo "no start"
                                until "$2" status --json other | grep -q paused; do sleep 0.5; done & watch=$!
                                (sleep 30; kill $watch 2>/dev/null && echo "no watch") & patience=$!
                                wait $watch; kill $patience 2>/dev/null
                                cat "$1"/?.said
                                """
                            let said = try Command.check("sh", "-c", script, "sh", folder.path, Command.hostler)
                            #expect(said.contains("Domain 'other' started"), "\(said)")
                            #expect(
                                !said.contains("no answer") && !said.contains("no start") && !said.contains("no watch"),
                                "\(said)"
                            )
                            let refusals = said.matches(of: /does the file system of its pool answer\?/)
                            #expect(refusals.count == 4, "\(said) \(daemon.log)")
                            try elsewhere.set("template=\(url)")
                            let disk = try elsewhere.disk
                            try wait(for: "a disk in another pool") { ConfigDrives.exists(disk) }
                            kill(process, SIGCONT)
                            for guest in needy { try Command.check("virsh", "start", "--paused", guest.name) }
                            #expect(try other.state.hasPrefix("paused"))
                            let listed = try Command.run(["timeout", "60", Command.hostler, "template", "list"])
                            #expect(listed.status == 0 && listed.output.contains("ready"), "\(listed.output)")
                            kill(process, SIGSTOP)
                            let silent = try Command.run(["timeout", "60", Command.hostler, "template", "list"])
                            #expect(silent.status == 0 && silent.output.contains("unknown"), "\(silent.output)")
                            kill(process, SIGCONT)
                            // Without the daemon it is the hook itself that waits.
                            try Command.check("virsh", "destroy", "a")
                            try daemon.stop()
                            kill(process, SIGSTOP)
                            let alone = try Command.run(["timeout", "60", "virsh", "start", "--paused", "a"])
                            #expect(
                                alone.status == 1 && alone.errors.contains("does the file system of its pool answer?")
                            )
                            kill(process, SIGCONT)
                            try Command.check("virsh", "start", "--paused", "a")
                        }
                    }
                }
            }
        }
    }

    private func withGuests(_ names: [String], in folder: URL, _ body: ([Guest]) throws -> Void) throws {
        func add(_ guests: [Guest]) throws {
            if guests.count == names.count { return try body(guests) }
            let place = folder.appending(path: "guest-\(guests.count)")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            try Guest.with(names[guests.count], in: place) { try add(guests + [$0]) }
        }
        try add([])
    }

    private func withFaultServer(_ folder: URL, _ image: String, _ body: (Int) throws -> Void) throws {
        let place = folder.appending(path: "faults")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let program = PrivateLibvirt.file("Support/fault-server").path
        let script = "\"$1\" \"$2\" \"$3\" \"$4\" >\"$2/log\" 2>&1 </dev/null & echo $!"
        let process = try Command.check("sh", "-c", script, "sh", program, place.path, image, "\(getpid())")
        defer { _ = try? Command.run(["kill", process.trimmingCharacters(in: .whitespacesAndNewlines)]) }
        let file = place.appending(path: "ports")
        try wait(for: "the server") { FileManager.default.fileExists(atPath: file.path) }
        let ports = try JSONSerialization.jsonObject(with: try Data(contentsOf: file)) as? [String: Int]
        try body(try #require(ports?["http"]))
    }

    @Test(
        "certificates: refused until the authority is uploaded, wrong ones even then, and all again once it is revoked"
    )
    func certificates() throws {
        try Templates.withHost(trusted: false) { folder, server in
            try Self.noise("64k", server.root.appending(path: "noise.qcow2").path)
            let url = try server.url("noise.qcow2")
            // The system trusts an older authority of the same name.
            let subject = try Command.check(
                "openssl",
                "x509",
                "-in",
                folder.path + "/server/ca.pem",
                "-noout",
                "-subject",
                "-nameopt",
                "RFC2253"
            ).replacing("subject=", with: "/").trimmingCharacters(in: .whitespacesAndNewlines)
            let older = folder.appending(path: "older.pem")
            try Data(try TestCertificate.make(subject, in: folder).utf8).write(to: older)
            try Command.support("trust-ca", older.path)
            let untrusted = try Templates.refusal(url)
            #expect(untrusted.contains("hostler certificate upload"), "\(untrusted)")
            try Command.check(Command.hostler, "certificate", "upload", "mine", folder.path + "/server/ca.pem")
            for (kind, word) in [("expired", "expired"), ("other-host", "localhost"), ("self-signed", "self")] {
                try server.restart(certificate: kind)
                let said = try Templates.refusal(url)
                #expect(said.contains(word) && said.contains("certificate"), "\(kind): \(said)")
            }
            try server.restart()
            #expect(try server.requests("noise.qcow2") == [])
            try Templates.stage(url)
            try Templates.remove()
            try Command.check(Command.hostler, "certificate", "revoke", "mine")
            #expect(try Templates.refusal(url).contains("hostler certificate upload"))
            #expect(try Templates.files(Templates.folder) == [])
        }
    }

    @Test("a libvirt storage pool by its name: libvirt lists what is put there, and a guest's disk is beside it")
    func pool() throws {
        try Templates.withHost { folder, server in
            try Self.noise("1M", server.root.appending(path: "noise.qcow2").path)
            let place = folder.appending(path: "images").path
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            try Command.check("virsh", "pool-define-as", "images", "dir", "--target", place)
            defer {
                _ = try? Command.run(["virsh", "pool-destroy", "images"])
                _ = try? Command.run(["virsh", "pool-undefine", "images"])
            }
            let url = try server.url("noise.qcow2")
            #expect(try Templates.refusal("--pool", "nowhere", url).contains("nowhere"))
            let inactive = try Command.run([Command.hostler, "template", "stage", "--quiet", "--pool", "images", url])
            #expect(inactive.status != 0 && inactive.errors.contains("images"), "\(inactive.errors)")
            try Command.check("virsh", "pool-start", "images")
            let path = try Templates.stage("--pool", "images", url)
            #expect(path.hasPrefix(place + "/"))
            let listed = try Command.check("virsh", "vol-list", "images")
            #expect(listed.contains(path), "\(listed)")
            try Guest.with("pooled", in: folder) { guest in
                try guest.set("template=\(url)", "template_pool=images")
                try Command.check(Command.hostler, "start", guest.name, "--paused")
                let overlay = "\(place)/hostler-\(try guest.uuid)-vda.qcow2"
                #expect(try guest.live.contains(overlay) && ConfigDrives.exists(overlay))
                #expect(try server.requests("noise.qcow2").count == 1)
                let used = try Command.run([Command.hostler, "template", "remove", "noise"])
                #expect(used.status != 0 && ConfigDrives.exists(path), "\(used.output)")
            }
        }
    }

    @Test("nfs: read without a mount, and what is compressed is expanded")
    func nfs() throws {
        try Templates.withHost { folder, _ in
            let (export, state) = (folder.appending(path: "export"), folder.appending(path: "nfs").path)
            try FileManager.default.createDirectory(at: export, withIntermediateDirectories: true)
            let image = export.appending(path: "noise.qcow2").path
            try Self.noise("3M", image)
            try Command.check("sh", "-c", "xz -0 <\"$1\" >\"$1.xz\"", "sh", image)
            try Command.support("nfs-server", "start", state, export.path)
            defer { _ = try? Command.support("nfs-server", "stop", state) }
            let port = try String(contentsOfFile: state + "/port", encoding: .utf8)
            let options = "nfsport=\(port.trimmingCharacters(in: .whitespacesAndNewlines))&version=4"
            let absent = try Templates.refusal("nfs://127.0.0.1/export/absent.qcow2?\(options)")
            #expect(absent.contains("absent.qcow2"), "\(absent)")
            for (name, file) in [("noise.qcow2", image), ("noise.qcow2.xz", image + ".xz")] {
                let url = "nfs://127.0.0.1/export/\(name)?\(options)"
                let path = try Templates.stage("--checksum", "sha256:\(try Templates.sha256(file))", url)
                #expect(try Templates.sha256(path) == Templates.sha256(image))
                try Templates.remove()
            }
            #expect(try Templates.files(Templates.folder) == [])
        }
    }
}
