import Hooks
import TestSupport
import Testing

@Suite("golden hook calls")
struct HookTests {
    @Test("answers what the golden files say", arguments: HookCase.all)
    func golden(_ test: HookCase) throws {
        let system = try test.system()
        let before = system.files
        let response = HookCommand.run(try test.invocation(), system)
        let file = system.files["/run/domain.xml"]
        let answers: [(String, [UInt8]?)] = [
            ("stdout.xml", response.output.isEmpty ? nil : response.output),
            ("stderr", response.messages.isEmpty ? nil : Array(response.messages.map { $0 + "\n" }.joined().utf8)),
            ("exit", response.exitCode == 0 ? nil : Array("\(response.exitCode)\n".utf8)),
            ("file.out.xml", file == before["/run/domain.xml"] ? nil : file),
            ("daemon.calls", system.told.isEmpty ? nil : Array(system.told.map { $0 + "\n" }.joined().utf8)),
            ("hostler.calls", system.calls.isEmpty ? nil : Array(system.calls.map { $0 + "\n" }.joined().utf8)),
        ]
        for (name, answer) in answers {
            if let wrong = try Fixtures.compare(answer, "\(test.path)/\(name)") {
                Issue.record(Comment(rawValue: wrong))
            }
        }
        for message in response.messages { #expect(!message.contains("\n")) }
    }

    @Test("every fixture belongs to a call")
    func orphans() {
        let known = Set(
            HookCase.all.flatMap { test in
                (HookCase.inputs + HookCase.outputs).map { "\(test.path)/\($0)" }
            }
        )
        #expect(Fixtures.files(below: "hooks").filter { !known.contains($0) } == [])
    }

    @Test(
        "libvirt's operations without work do not even read the domain",
        arguments: ["start", "started", "stopped", "reconnect", "attach", "some-later-operation"]
    )
    func idle(_ operation: String) {
        let system = FakeSystem()
        let arguments = ["/etc/libvirt/hooks/qemu", "guest", operation, "begin", "-"].map { Array($0.utf8) }
        #expect(HookCommand.run(Invocation(arguments), system) == .done)
        #expect(system.readsOfInput == 0)
    }

    @Test(
        "each contract is found by its word, and where a stack looks for it",
        arguments: [
            ["hostler-hook", "libvirt", "g", "started", "begin", "-"],
            ["/etc/libvirt/hooks/qemu", "g", "started", "begin", "-"],
            ["/etc/libvirt/hooks/qemu.d/50-hostler", "g", "started", "begin", "-"],
            ["/etc/libvirt/hooks/qemu.d/vdsm", "g", "started", "begin", "-"],
        ]
    )
    func found(_ arguments: [String]) {
        #expect(HookCommand.run(Invocation(arguments.map { Array($0.utf8) }), FakeSystem()) == .done)
    }
}

@Suite("JSON")
struct JSONValueTests {
    @Test(
        "refuses what is not JSON",
        arguments: [
            "", "{", "[1,", "{\"a\"}", "{\"a\":}", "{a:1}", "[1 2]", "\"\\x\"", "\"\\ud800\"", "\"a", "nul", "1 2",
            "\u{1}",
            "\"\u{1}\"", String(repeating: "[", count: 100_000),
        ]
    )
    func refused(_ text: String) {
        let arguments = ["onDefineDomain", "--vmi", text, "--domain", "<domain/>"].map { Array($0.utf8) }
        let response = HookCommand.run(Invocation(arguments), FakeSystem())
        #expect(response.exitCode == 1)
        #expect(response.output.isEmpty)
        #expect(response.messages.count == 1)
        #expect(response.messages.first?.hasPrefix("hostler: the VMI is not JSON: ") == true)
    }
}
