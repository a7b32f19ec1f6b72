import Foundation
import TestSupport
import Testing

/// The binary and a daemon that is well, that refuses, that hangs, and that talks nonsense.
@Suite("hostler-hook and hostlerd")
struct DaemonProcessTests {
    private static let well = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"

    /// Calls a copy of the hook that has a `hostler` of the test's own beside it.
    private func run(
        _ case: String,
        _ arguments: [String],
        answer: String?,
        isListening: Bool = true,
        wait: String? = nil,
        hostlerSleeps: Int = 0
    ) throws -> (outcome: Command, request: String?, hostlerRan: Bool) {
        try withFolder { folder in
            let hook = folder.appending(path: "hostler-hook")
            // By another process: a test that forks meanwhile would keep the copy open for writing, and busy.
            try Command.check("cp", HookProcessTests.hook.path, hook.path)
            let hostler = folder.appending(path: "hostler")
            try Command.makeProgram(hostler.path, "touch '\(folder.path)/ran'\nexec sleep \(hostlerSleeps)")
            if let wait { try Data(wait.utf8).write(to: folder.appending(path: "hook.wait")) }
            let socket = folder.appending(path: "s").path
            let daemon = try FakeDaemon(at: socket, answer: answer)
            if !isListening { daemon.stop() }
            let outcome = try Command.run(
                [hook.path, "libvirt"] + arguments,
                input: try Fixtures.read("hooks/libvirt/\(`case`)/stdin.xml"),
                environment: ["LC_ALL": "C", "PATH": "/usr/bin:/bin", "HOSTLER_SOCKET_PATH": socket]
            )
            let ran = FileManager.default.fileExists(atPath: folder.appending(path: "ran").path)
            return (outcome, isListening ? try daemon.request : nil, ran)
        }
    }

    @Test("the daemon is told the operation, the guest's name as any bytes, and the domain")
    func told() throws {
        let (outcome, request, ran) = try run(
            "prepare-configdrive",
            ["a b/ä%", "prepare", "begin", "-"],
            answer: Self.well
        )
        #expect(outcome.status == 0 && outcome.errors.isEmpty && outcome.output.isEmpty, "\(outcome.errors)")
        #expect(request?.hasPrefix("POST /hook/prepare/begin?guest=a%20b%2F%C3%A4%25&extra=- HTTP/1.0\r\n") == true)
        #expect(
            request?.hasSuffix(Fixtures.text(try Fixtures.read("hooks/libvirt/prepare-configdrive/stdin.xml"))) == true
        )
        #expect(!ran)
    }

    @Test("a hostler that hangs is not waited for beyond the time that a hook may take")
    func hostlerHangs() throws {
        let arguments = ["a", "prepare", "begin", "-"]
        let (outcome, _, ran) = try run(
            "prepare-configdrive",
            arguments,
            answer: nil,
            isListening: false,
            wait: "3",
            hostlerSleeps: 600
        )
        #expect(outcome.status == 1 && ran)
        let sentence =
            "hostler has not ended within 5 s and was stopped: "
            + "look whether the disk of /var/lib/hostler answers, then try again\n"
        #expect(outcome.errors.hasSuffix(sentence), "\(outcome.errors)")
    }

    @Test("what the daemon refuses does not start, with its sentence")
    func refused() throws {
        let sentence = "template is 43 % staged"
        let answer = "HTTP/1.0 409 Conflict\r\ncontent-length: \(sentence.utf8.count + 1)\r\n\r\n\(sentence)\n"
        let (outcome, _, ran) = try run("prepare-configdrive", ["a", "prepare", "begin", "-"], answer: answer)
        #expect(outcome.status == 1)
        #expect(outcome.errors == "hostler: guest a: template is 43 % staged\n")
        #expect(!ran)
    }

    @Test(
        "a daemon that is of no use is done without, and it is said why",
        arguments: [
            ("", "hostlerd gives no answer"),
            ("hello\r\n\r\n", "hostlerd gives no answer that can be understood"),
            ("HTTP/1.0 200 OK\r\nContent-Length: 99\r\n\r\nwarn", "hostlerd broke off its answer"),
            ("HTTP/1.0 500 Oops\r\n\r\nno space\n", "hostlerd answers with status 500: no space"),
        ]
    )
    func useless(_ answer: String, _ reason: String) throws {
        let (outcome, _, ran) = try run("prepare-configdrive", ["a", "prepare", "begin", "-"], answer: answer)
        #expect(outcome.status == 0)
        #expect(outcome.errors == "hostler: note: \(reason), so this is done without it\n")
        #expect(ran)
    }

    @Test("a daemon that hangs holds the guest no longer than it has said itself, and is then done without")
    func hangs() throws {
        let (outcome, _, ran) = try run(
            "prepare-configdrive",
            ["a", "prepare", "begin", "-"],
            answer: nil,
            wait: "0\n"
        )
        #expect(outcome.status == 0)
        #expect(outcome.errors == "hostler: note: hostlerd gives no answer in time, so this is done without it\n")
        #expect(ran)
    }

    @Test("a daemon that was killed is as none at all")
    func killed() throws {
        let (outcome, _, ran) = try run(
            "prepare-configdrive",
            ["a", "prepare", "begin", "-"],
            answer: nil,
            isListening: false
        )
        #expect(outcome.status == 0)
        #expect(outcome.errors == "hostler: note: hostlerd is not running, so this is done without it\n")
        #expect(ran)
    }

    @Test(
        "what the daemon answers to a note, or that it hangs, is nothing to the guest",
        arguments: ["started", "reconnect", "stopped", "some-later-operation"],
        ["HTTP/1.0 409 Conflict\r\n\r\nno\n", "", nil]
    )
    func note(_ operation: String, _ answer: String?) throws {
        let (outcome, request, ran) = try run("release-foreign", ["a", operation, "begin", "-"], answer: answer)
        #expect(outcome.status == 0 && outcome.errors.isEmpty && outcome.output.isEmpty)
        #expect(request?.hasPrefix("POST /hook/\(operation)/begin?guest=a&extra=- HTTP/1.0\r\n") == true)
        #expect(!ran)
    }
}
