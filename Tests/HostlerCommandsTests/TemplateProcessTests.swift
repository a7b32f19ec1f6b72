import Foundation
import Glibc
import TestSupport
import Testing

/// `hostler template` as a process with a state of its own, and nginx where something is fetched.
@Suite("hostler template as a process")
struct TemplateProcessTests {
    /// Beside the test bundle, where the package manager puts executables.
    private static let hostler =
        Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
        .map { $0.deletingLastPathComponent().appending(path: "hostler") }
        ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "hostler")

    private static let commands = ["stage", "list", "show", "verify", "reset", "remove", "prune"]

    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try scratch.makeDirectory("pool")
        try scratch.makeDirectory("home")
    }

    /// As a user of no rights, whose state is the test's own; root's is the host's.
    private func run(_ arguments: [String], allowsLoopback: Bool = false) throws -> Command {
        var words = [Self.hostler.path, "template"] + arguments
        if geteuid() == 0 {
            try Command.check("chown", "-R", "65534:65534", scratch.path)
            words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + words
        }
        if allowsLoopback {
            let script = "mount --bind \"$1\" /etc/hostler; shift; exec \"$@\""
            words =
                ["unshare", "--mount", "--propagation", "private", "sh", "-euc", script, "sh", scratch.path + "/etc"]
                + words
        }
        return try Command.run(
            words,
            environment: [
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TERM": "xterm",
                "HOME": scratch.path + "/home", "XDG_STATE_HOME": scratch.path + "/state",
            ]
        )
    }

    private func stage(_ url: String, _ arguments: [String] = [], allowsLoopback: Bool = false) throws -> Command {
        try run(["stage", "--pool", scratch.path + "/pool", url] + arguments, allowsLoopback: allowsLoopback)
    }

    private func json(_ arguments: [String]) throws -> Any {
        let result = try run(arguments + ["--json"])
        #expect(result.status == 0, "\(result.errors)")
        return try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    }

    @Test(
        "what cannot be understood is refused before anything is done",
        arguments: [
            (["show", "debian"], 65, "there is no template 'debian'; 'hostler template list' lists those there are"),
            (["remove", "debian"], 65, "there is no template 'debian'"), (["remove"], 64, "missing expected argument"),
            (["verify", "debian"], 65, "there is no template 'debian'"),
            (["verify"], 1, "nothing is staged, so there is nothing to verify"),
            (["stage"], 64, "missing expected argument"), (["stage", "debian"], 65, "there is no template 'debian'"),
            (["stage", "debian", "--name", "x"], 64, "--name goes with a URL"),
            (["stage", "debian", "--checksum", "x"], 64, "--checksum goes with a URL"),
            (["stage", "https://h/x", "--connections", "17"], 64, "--connections is a number from 1 to 16, not 17"),
            (["stage", "https://h/x", "--checksum", "sha256:12"], 65, "has 2 hexadecimal digits instead of 64"),
            (["stage", "https://h/x", "--checksum", "crc:12"], 65, "the checksum algorithm 'crc' is unknown"),
            (["stage", "ftp://u:geheim@h/x?geheim"], 65, "ftp://h/x?… is not a URL of a template"),
            (["stage", "https://h/a b?geheim"], 65, "has blanks or control characters in it"),
            (["stage", "https://h/x", "--header", "geheim"], 64, "the one that is given has no colon"),
            (["stage", "https://h/x", "--header", "Bearer geheim: x"], 65, "a header is 'Name: value'"),
            (["stage", "https://h/x", "--header", "@/geheim"], 65, "cannot read /geheim: no such file or directory"),
            (["stage", "https://h/x", "--name", "../x"], 65, "'../x' is not the name of a template"),
            (["stage", "https://h/x", "--format", "tiff"], 65, "tiff"),
            (["stage", "https://h/x", "--pool", "/nowhere"], 65, "there is no folder '/nowhere'"),
        ] as [([String], Int32, String)]
    )
    func refused(arguments: [String], status: Int32, words: String) throws {
        let result = try run(arguments)
        #expect(result.status == status, "\(result.errors)")
        #expect(result.errors.contains(words), "\(result.errors)")
        if words != "cannot read /geheim: no such file or directory" { #expect(!result.errors.contains("geheim")) }
        #expect(result.output.isEmpty)
        #expect(try json(["list"]) as? [String] == [])
    }

    @Test("help fits a terminal", arguments: commands)
    func help(command: String) throws {
        let result = try run([command, "--help"])
        #expect(result.status == 0)
        #expect(
            result.output.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.hasPrefix("USAGE: ") },
            "\(result.output)"
        )
    }

    @Test("an empty list says what brings a template")
    func empty() throws {
        let result = try run(["list"])
        #expect(result.output == "there are no templates; 'hostler template stage URL' brings one\n")
        #expect(result.errors.isEmpty && result.status == 0)
        #expect(try run(["list", "--names"]).output.isEmpty)
    }

    @Test("what fails is kept with its reason, without secrets, and makes room for the right one")
    func failed() throws {
        let url = "http://u:geheim@127.0.0.1:9/debian.qcow2?token=geheim"
        let result = try stage(url, ["--header", "X-Token: geheim"])
        #expect(result.status == 1)
        #expect(result.errors.contains("127.0.0.1"), "\(result.errors)")
        let texts = [
            result.errors, result.output, try run(["list"]).output, try run(["list", "--json"]).output,
            try run(["show", "debian"]).output, try run(["show", "debian", "--json"]).output,
        ]
        for text in texts { #expect(!text.contains("geheim"), "\(text)") }
        let report = try #require(try json(["show", "debian"]) as? [String: Any])
        #expect(report["url"] as? String == "http://127.0.0.1:9/debian.qcow2?…")
        #expect(report["headers"] as? [String] == ["X-Token"])
        let copy = try #require((report["copies"] as? [[String: Any]])?.first)
        #expect(copy["state"] as? String == "failed")
        #expect((copy["error"] as? String)?.isEmpty == false)
        #expect(copy["folder"] as? String == scratch.path + "/pool")
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/pool") == [])
        // Said right, under the same name.
        #expect(try stage("http://127.0.0.1:9/other.qcow2", ["--name", "debian"]).status == 1)
        let all = try #require(try json(["list"]) as? [[String: Any]])
        #expect(all.map { $0["url"] as? String } == ["http://127.0.0.1:9/other.qcow2"])
        let removed = try run(["remove", "debian"])
        #expect(removed.output == "template debian: removed\n", "\(removed.errors)")
    }

    @Test("a file that is there already is none of ours, whatever fails beside it")
    func foreign() throws {
        try scratch.write("mine", to: "pool/debian.raw")
        for arguments in [["--quiet"], []] {
            let result = try stage("http://127.0.0.1:9/debian.raw", arguments)
            #expect(result.status == 1)
            #expect(result.output.isEmpty)
            #expect(!result.errors.contains("\r") && !result.errors.contains("\u{1B}"), "\(result.errors)")
            #expect(result.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("hostler: ") })
        }
        let list = try run(["list"]).output
        #expect(list.hasPrefix("NAME    KIND      STATE   SIZE  DISKS  WHERE\ndebian  template  failed"), "\(list)")
        #expect(try run(["remove", "debian", "nobody"]).status == 65)
        #expect(try run(["list", "--names"]).output == "debian\n")
        #expect(try run(["delete", "debian"]).status == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/pool") == ["debian.raw"])
    }

    /// Root in a mount namespace of its own may have another /etc/hostler, in which loopback is allowed.
    private static let canAllowLoopback =
        geteuid() == 0 && FileManager.default.fileExists(atPath: "/etc/hostler")
        && (try? Command.run(["unshare", "--mount", "true"]).status) == 0

    @Test("staged, listed, shown, verified and removed", .enabled(if: canAllowLoopback))
    func staged() throws {
        let script = repository.appending(path: "Tests/Support/web-server").path
        let server = try Scratch()
        try server.makeDirectory("root")
        try Command.check(
            "sh",
            "-c",
            "cd \"$1\"; head -c 300032 /dev/urandom >debian.raw; printf '\\125\\252' | dd of=debian.raw bs=1 seek=510 conv=notrunc status=none",
            "sh",
            server.path + "/root"
        )
        try Command.check(script, "start", server.path + "/server", server.path + "/root")
        defer { _ = try? Command.run([script, "stop", server.path + "/server"]) }
        let port = try String(contentsOfFile: server.path + "/server/port", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let url = "https://localhost:\(port)/debian.raw?token=geheim"
        try scratch.write(
            try String(contentsOfFile: server.path + "/server/ca.pem", encoding: .utf8),
            to: "state/hostler/trust/ca.pem"
        )
        try Command.check("openssl", "rehash", scratch.path + "/state/hostler/trust")
        try scratch.write("127.0.0.0/8 # of the test\n\n# nothing\n::1\n", to: "etc/allowed_cidrs")
        let token = try scratch.write("X-Token: geheim\r\nX-Other: geheim\n", to: "token")
        let digest = String(try Command.check("sha256sum", server.path + "/root/debian.raw").prefix(64))
        let path = "\(scratch.path)/pool/debian-\(digest.prefix(12)).raw"

        let wrong = try stage(url, ["--checksum", String(repeating: "0", count: 64)], allowsLoopback: true)
        #expect(wrong.status == 1 && wrong.errors.contains(digest), "\(wrong.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/pool") == [])
        let said = try stage(url, ["--checksum", digest, "--header", "@\(token)"], allowsLoopback: true)
        #expect(said.status == 0, "\(said.errors)")
        #expect(said.output == "template debian: staged at \(path); its SHA-256 is \(digest)\n")
        let again = try stage(url, ["--checksum", digest, "--refresh", "--json"], allowsLoopback: true)
        #expect(again.status == 0, "\(again.errors)")
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(again.output.utf8)) as? [String: Any]
        )
        let copy = try #require((report["copies"] as? [[String: Any]])?.first)
        #expect(copy["state"] as? String == "ready" && copy["percent"] as? Int == 100)
        #expect(copy["path"] as? String == path && copy["digest"] as? String == "sha256:\(digest)")
        #expect(report["headers"] as? [String] == ["X-Token", "X-Other"])

        // Another one, whose name nobody has given.
        let other = try stage("https://localhost:\(port)/no-ranges/debian.raw", [], allowsLoopback: true)
        #expect(other.status == 0 && other.output.hasPrefix("template debian-"), "\(other.output)\(other.errors)")
        let names = try run(["list", "--names"]).output.split(separator: "\n").map(String.init)
        #expect(names.count == 2 && names.first == "debian")
        let verified = try run(["verify", "debian"])
        #expect(verified.output == "template debian: \(path) is as it was staged\n")
        #expect(verified.status == 0)
        let listed = try run(["list"]).output
        #expect(listed.contains("debian") && listed.contains("ready") && listed.contains("300 kB"))
        let shown = try run(["show", "debian"]).output
        #expect(shown.contains("    file      \(path)\n") && shown.contains("    size      300032 bytes\n"), "\(shown)")
        #expect(shown.contains("  headers   X-Token, X-Other (values are kept to ourselves)\n"))
        for text in [said.errors, again.output, again.errors, listed, shown, try run(["list", "--json"]).output] {
            #expect(!text.contains("geheim") && !text.contains("\u{1B}") && !text.contains("\r"), "\(text)")
        }

        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.seek(toOffset: 1000)
        try file.write(contentsOf: Data("changed".utf8))
        try file.close()
        let changed = try run(["verify"])
        #expect(changed.status == 1)
        #expect(changed.errors.contains("\(path) has been changed since it was staged"))
        try FileManager.default.removeItem(atPath: path)
        #expect(try run(["list"]).output.contains("  gone  "))
        #expect(try run(["show", "debian"]).output.contains("'hostler template stage debian' brings it again"))
        for name in names { #expect(try run(["remove", name]).output == "template \(name): removed\n") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/pool") == [])
        #expect(try run(["list"]).output.hasPrefix("there are no templates"))
    }
}
