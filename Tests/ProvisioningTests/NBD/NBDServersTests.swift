import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Provisioning

@Suite("NBD servers", .serialized)
struct NBDServersTests {
    private static let other = "00000000-0000-4000-8000-000000000001"

    @Test("what is no guest's UUID touches nothing")
    func badUUID() throws {
        try withFolder { folder in
            let nbd = folder.appending(path: "nbd").path
            let servers = NBDServers(folder: nbd)
            let bad = [
                "", "../../etc/passwd", ImageServer.guest.uppercased(), ImageServer.guest + "\n",
                ImageServer.guest.replacingOccurrences(of: "-", with: ""), "8d5f1c9e-0b7a-4a58-9d0e-6b1f2f3a4b5/",
                "８d5f1c9e-0b7a-4a58-9d0e-6b1f2f3a4b5c",
            ]
            for uuid in bad {
                #expect(code { try servers.start(uuid, url: "https://localhost/a.iso") } == .badInput, "\(uuid)")
                #expect(code { try servers.stop(uuid) } == .badInput)
                #expect(!servers.isAlive(uuid))
            }
            #expect(!FileManager.default.fileExists(atPath: nbd))
        }
    }

    @Test("what is no https URL, and options that nbdkit would misread, start nothing")
    func badInput() throws {
        try withFolder { folder in
            let nbd = folder.appending(path: "nbd").path
            let servers = NBDServers(folder: nbd)
            for url in [
                "", "a.iso", "http://localhost/a", "file:///etc/passwd", "https://", "https:///a",
                "https://u:p@localhost/a",
                "https://localhost/a b", "https://localhost/a\ncapath=/x",
                "https://localhost/" + String(repeating: "a", count: 9000),
            ] {
                #expect(code { try servers.start(ImageServer.guest, url: url) } == .badInput, "\(url)")
            }
            let changes: [(inout NBDOptions) -> Void] = [
                { $0.timeout = 0 }, { $0.retries = -1 }, { $0.retryDelay = 0 }, { $0.blockSize = 5000 },
                { $0.cacheSize = 1 },
                { $0.trustFolder = "trust" }, { $0.cacheFolder = "" },
            ]
            for (index, change) in changes.enumerated() {
                var options = NBDOptions()
                change(&options)
                let found = code { try servers.start(ImageServer.guest, url: "https://localhost/a", options: options) }
                #expect(found == .badInput, "\(index)")
            }
            #expect(!FileManager.default.fileExists(atPath: nbd))
        }
    }

    @Test("serves what is at the URL, once, to its reader alone, and leaves nothing behind")
    func serves() throws {
        try ImageServer.with { web in
            var options = web.options
            if geteuid() == 0 { options.reader = NBDOptions.Reader(user: 64_055, group: 64_056) }
            let socket = try web.start(options: options)
            #expect(socket == "\(web.servers.folder)/\(ImageServer.guest).sock")
            #expect(try web.copy() == web.image)
            let pid = try #require(try web.pid())
            #expect(web.servers.isAlive(ImageServer.guest))

            #expect(try web.start(options: options) == socket)
            #expect(try web.pid() == pid)
            #expect(try web.processes() == [pid])

            var status = stat()
            for ending in ["sock", "pid", "json", "log"] {
                #expect(lstat("\(web.servers.folder)/\(ImageServer.guest).\(ending)", &status) == 0)
                #expect(status.st_mode & 0o777 == 0o600, "\(ending)")
                if ending == "sock" && geteuid() == 0 { #expect(status.st_uid == 64_055 && status.st_gid == 64_056) }
            }
            #expect(stat(web.servers.folder, &status) == 0 && status.st_mode & 0o777 == 0o711)
            if geteuid() == 0 {
                let lines = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8).split(separator: "\n")
                let user = try #require(lines.first { $0.hasPrefix("Uid:") })
                #expect(!user.split(whereSeparator: \.isWhitespace).contains("0"))
            }
            // A session of its own, and no child of ours: it outlives us.
            #expect(getsid(pid) != getsid(0))
            #expect(waitpid(pid, nil, WNOHANG) == -1)

            try web.servers.stop(ImageServer.guest)
            #expect(!web.servers.isAlive(ImageServer.guest))
            try wait(for: "the end of the process") { try web.processes().isEmpty }
            #expect(try web.leftOver == [])
            try web.servers.stop(ImageServer.guest)
        }
    }

    @Test("what was read once goes on being read while the web server is away")
    func cached() throws {
        try ImageServer.with { web in
            try web.start()
            #expect(try web.copy() == web.image)
            // A connection asks the web server for the size again; the reader has to have one already, as QEMU has.
            let socket = "\(web.servers.folder)/\(ImageServer.guest).sock"
            let reads = folder(web, "reads")
            let script = #"""
                { sleep 1; echo "read 0 1M"; while [ ! -e "$2/stopped" ]; do sleep 0.1; done
                  echo "read 0 3M"; echo "read 3M 1M"; echo quit; } |
                qemu-io -r --image-opts "driver=raw,file.driver=nbd,file.server.type=unix,file.server.path=$1" \
                  >"$2/said" 2>&1 &
                echo $!
                """#
            _ = try Command.check("sh", "-ec", script, "sh", socket, reads)
            try wait(for: "the first read") { said(reads).contains("read 1048576/1048576 bytes at offset 0") }
            try web.stopWeb()
            try Data().write(to: URL(filePath: reads + "/stopped"))
            try wait(for: "the reads from the cache") { said(reads).contains("bytes at offset 3145728") }
            #expect(said(reads).contains("read 3145728/3145728 bytes at offset 0"))
            #expect(!said(reads).contains("failed"))
        }
    }

    @Test("a cache that is smaller than the image gives the right bytes all the same")
    func smallCache() throws {
        try ImageServer.with { web in
            var options = web.options
            options.blockSize = 65_536
            options.cacheSize = 16 * 65_536
            try web.start(options: options)
            for _ in 0..<2 { #expect(try web.copy() == web.image) }
        }
    }

    @Test("a log that has grown large is emptied")
    func log() throws {
        try ImageServer.with(megabytes: 1) { web in
            try web.start()
            let log = "\(web.servers.folder)/\(ImageServer.guest).log"
            #expect(truncate(log, 2 << 20) == 0)
            #expect(try web.servers.revive() == NBDServers.Revival())
            var status = stat()
            #expect(lstat(log, &status) == 0 && status.st_size == 0)
        }
    }

    @Test("a copy goes on after the web server was away in its middle")
    func outage() throws {
        try ImageServer.with(megabytes: 12, rate: "3m") { web in
            try web.start()
            let copied = Mutex<Result<Data, any Error>?>(nil)
            try withThread {
                let result = Result { try web.copy() }
                copied.withLock { $0 = result }
            } while: {
                Thread.sleep(forTimeInterval: 1.5)
                try web.stopWeb()
                #expect(copied.withLock { $0 == nil })
                Thread.sleep(forTimeInterval: 2)
                try web.startWeb()
            }
            #expect(try copied.withLock { $0 }?.get() == web.image)
            let log = try String(contentsOfFile: "\(web.servers.folder)/\(ImageServer.guest).log", encoding: .utf8)
            #expect(log.contains("error"), "the outage was not noticed at all")
        }
    }

    @Test("a server that was killed is started again, and a reader that waits for it goes on")
    func revive() throws {
        try ImageServer.with { web in
            try web.start()
            let first = try #require(try web.pid())
            let reads = folder(web, "reads")
            let script = #"""
                { sleep 1; echo "read 0 1M"; while [ ! -e "$2/killed" ]; do sleep 0.1; done
                  echo "read 2M 1M"; echo quit; } |
                qemu-io -r --image-opts \
                  "driver=raw,file.driver=nbd,file.server.type=unix,file.server.path=$1,file.reconnect-delay=100" \
                  >"$2/said" 2>&1 &
                """#
            try Command.check("sh", "-ec", script, "sh", "\(web.servers.folder)/\(ImageServer.guest).sock", reads)
            try wait(for: "the first read") { said(reads).contains("at offset 0") }
            #expect(kill(first, SIGKILL) == 0)
            try wait(for: "its end") { !web.servers.isAlive(ImageServer.guest) }
            #expect(try web.servers.list().map(\.isAlive) == [false])
            try Data().write(to: URL(filePath: reads + "/killed"))
            Thread.sleep(forTimeInterval: 0.5)
            let revival = try web.servers.revive()
            #expect(revival.revived == [ImageServer.guest] && revival.failures.isEmpty)
            try wait(for: "the read after it") { said(reads).contains("at offset 2097152") }
            #expect(!said(reads).contains("failed"))
            #expect(try web.copy() == web.image)
            #expect(try web.pid() != first)
            #expect(try web.servers.revive() == NBDServers.Revival())
        }
    }

    @Test("a start that was cut off before its server ran is made up for")
    func cutOff() throws {
        try ImageServer.with { web in
            try NBDFiles.makeFolder(web.servers.folder)
            let files = try NBDFiles(folder: web.servers.folder, uuid: ImageServer.guest)
            try files.write(NBDRecord(url: try web.url(), options: web.options))
            #expect(try web.servers.revive().revived == [ImageServer.guest])
            #expect(try web.copy() == web.image)
        }
    }

    @Test("one that ends without a word is started again, and three that do are said to have")
    func silent() throws {
        try ImageServer.with { web in
            let program = "\(web.servers.folder)-program"
            defer { try? FileManager.default.removeItem(atPath: program) }
            let servers = NBDServers(folder: web.servers.folder, program: program)
            for (ends, isServed) in [(2, true), (3, false)] {
                try Command.makeProgram(
                    program,
                    """
                    [ $(wc -l <"$0.count") -ge \(ends) ] && exec nbdkit "$@"
                    echo >>"$0.count"
                    """
                )
                try Data().write(to: URL(filePath: program + ".count"))
                defer { try? FileManager.default.removeItem(atPath: program + ".count") }
                func start() throws { try servers.start(ImageServer.guest, url: try web.url(), options: web.options) }
                if isServed {
                    try start()
                    #expect(try web.copy() == web.image)
                } else {
                    let error = #expect(throws: DownloadError.self) { try start() }
                    #expect(error?.message.contains("it ends at once, and does not say why") == true)
                }
                try servers.stop(ImageServer.guest)
                #expect(try servers.list().isEmpty)
            }
        }
    }

    @Test("many starts at once make one server")
    func atOnce() throws {
        try ImageServer.with { web in
            let sockets = Mutex<[Result<String, any Error>]>([])
            let group = DispatchGroup()
            for _ in 0..<6 {
                group.enter()
                Thread.detachNewThread {
                    let socket = Result { try web.start() }
                    sockets.withLock { $0.append(socket) }
                    group.leave()
                }
            }
            group.wait()
            let paths = try sockets.withLock { try $0.map { try $0.get() } }
            #expect(paths.count == 6 && Set(paths).count == 1)
            #expect(try web.processes() == [try #require(try web.pid())])
        }
    }

    @Test("another process with the number of a server is left alone")
    func recycled() throws {
        try ImageServer.with { web in
            let sleeper = try Command.check("sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!")
            let pid = try #require(pid_t(sleeper.trimmingCharacters(in: .newlines)))
            defer { kill(pid, SIGKILL) }
            try web.start()
            let file = "\(web.servers.folder)/\(ImageServer.guest).pid"
            let own = try #require(try web.pid())
            defer { kill(own, SIGKILL) }
            let fields = try String(contentsOfFile: file, encoding: .utf8).split(separator: " ")
            let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
            let start = try #require(UInt64(fields[1]))
            for text in [
                "\(pid) \(start + 100_000) \(boot)", "\(pid) x \(boot)", "\(pid)", "", "-1 \(start) \(boot)", "1 1 1",
            ] {
                try text.write(toFile: file, atomically: false, encoding: .utf8)
                #expect(!web.servers.isAlive(ImageServer.guest), "\(text)")
            }
            try web.servers.stop(ImageServer.guest)
            #expect(kill(pid, 0) == 0)
            #expect(try web.leftOver == [])
        }
    }

    @Test("what is served to a guest is not changed under it, unless asked to")
    func replace() throws {
        try ImageServer.with { web in
            try web.start()
            let first = try web.pid()
            var options = web.options
            options.retries = 3
            #expect(code { try web.start(options: options) } == .inUse)
            #expect(code { try web.start(path: "/redirect/a.iso") } == .inUse)
            #expect(try web.pid() == first)
            try web.start(path: "/redirect/a.iso", options: options, replace: true)
            #expect(try web.pid() != first)
            #expect(try web.copy() == web.image)
            #expect(try web.processes().count == 1)
        }
    }

    @Test("all but the guests that still are lose their servers")
    func sweep() throws {
        try ImageServer.with(megabytes: 1) { web in
            #expect(try web.servers.list() == [])
            try web.start()
            try web.start(Self.other)
            let listed = try web.servers.list()
            #expect(listed.map(\.uuid) == [Self.other, ImageServer.guest])
            #expect(listed.allSatisfy { $0.isAlive && $0.url?.hasSuffix("/a.iso?…'") ?? false })
            try Data().write(to: URL(filePath: "\(web.servers.folder)/notes.txt"))
            #expect(try web.servers.sweep(keep: [Self.other]) == [ImageServer.guest])
            #expect(try web.servers.list().map(\.uuid) == [Self.other])
            try wait(for: "the end of the process") { try web.processes().isEmpty }
            try web.servers.stop(Self.other)
            #expect(try web.leftOver == ["notes.txt"])
        }
    }

    // MARK: Helpers

    private func code(_ body: () throws -> some Any) -> DownloadError.Code? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? DownloadError)?.code
        }
    }

    private func folder(_ web: ImageServer, _ name: String) -> String {
        let path = web.folder.appending(path: name).path
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func said(_ folder: String) -> String {
        FileManager.default.contents(atPath: folder + "/said").map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Runs `body` on a thread of its own, and comes back when both have ended.
    private func withThread(_ body: @escaping @Sendable () -> Void, while other: () throws -> Void) rethrows {
        let group = DispatchGroup()
        group.enter()
        Thread.detachNewThread {
            body()
            group.leave()
        }
        defer { group.wait() }
        try other()
    }
}
