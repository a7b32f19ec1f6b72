import Foundation
import Operations
import StateStore
import TestSupport
import Testing

@testable import HostlerDaemon

@Suite("configuration")
struct ConfigurationTests {
    private func read(
        _ yaml: String?,
        _ environment: [String: String] = [:],
        overrides: [String: String] = [:],
        mode: Int = 0o644
    ) throws -> DaemonConfiguration {
        try withFolder { folder in
            let file = folder.appending(path: "hostler.yaml")
            if let yaml {
                try Data(yaml.utf8).write(to: file)
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
            }
            do {
                return try DaemonConfiguration(file: file.path, overrides: overrides, environment: environment)
            } catch let error as OperationError {
                throw OperationError(error.code, error.message?.replacingOccurrences(of: file.path, with: "F"))
            }
        }
    }

    @Test("without a file, and from an empty one, all is as usual")
    func usual() throws {
        for yaml in [nil, "", "# nothing\n", "---\n", "api:\n"] {
            let configuration = try read(yaml)
            #expect(configuration.text("connect") == "qemu:///system")
            #expect(configuration.seconds("events.keep") == 30 * 86_400)
            #expect(configuration.isOn("apply.auto"))
            #expect(configuration.source("connect") == .usual)
        }
    }

    @Test("the environment goes before the API, that before the file, that before what is usual")
    func layers() throws {
        let yaml = "healing: {give_up: 2h}\ntrust.system: true\n"
        #expect(try read(yaml).seconds("healing.give_up") == 7200)
        #expect(try read(yaml).isOn("trust.system"))
        let set = ["healing.give_up": "3h"]
        #expect(try read(yaml, overrides: set).seconds("healing.give_up") == 10_800)
        #expect(try read(yaml, ["HOSTLER_HEALING_GIVE_UP": "4h"], overrides: set).seconds("healing.give_up") == 14_400)
        #expect(try read(yaml, ["HOSTLER_TRUST_SYSTEM": "false"]).source("trust.system") == .environment)
    }

    @Test(
        "what is wrong is refused with a sentence that says where, and what would be right",
        arguments: [
            ("heeling:\n  enabled: true\n", "F: there is no key 'heeling.enabled'; did you mean healing.enabled?"),
            ("socket: {pth: /x}\n", "F: there is no key 'socket.pth'; did you mean socket.path?"),
            ("hook.wait: 30\n", "F: hook.wait: '30' is not a time from 1s to 1h"),
            ("hook.wait: 2h\n", "F: hook.wait: '2h' is not a time from 1s to 1h"),
            ("page.size: many\n", "F: page.size: 'many' is not a number from 1 to 100000"),
            ("apply.auto: maybe\n", "F: apply.auto: 'maybe' is not true or false"),
            ("socket.path: run/x\n", "F: socket.path: 'run/x' is not an absolute path"),
            ("api.listen: 8250\n", "F: api.listen: '8250' is not of the form HOST:PORT"),
            (
                "log.level: loud\n",
                "F: log.level: 'loud' is not one of trace, debug, info, notice, warning, error, critical"
            ),
            ("connect: [a, b]\n", "F: connect is a list, where one value is wanted"),
            ("hello\n", "F has no keys"),
        ]
    )
    func refused(_ yaml: String, _ message: String) {
        #expect(throws: OperationError(.badInput, message)) { try read(yaml) }
    }

    @Test("text that is not YAML, an unknown variable, and a file that others may write are refused")
    func refusedToo() {
        #expect {
            try read("a: [\n")
        } throws: { ($0 as? OperationError)?.message?.hasPrefix("F is not YAML (line ") == true }
        #expect(
            throws: OperationError(.badInput, "there is no setting HOSTLER_PAGESIZE; did you mean HOSTLER_PAGE_SIZE?")
        ) {
            try read(nil, ["HOSTLER_PAGESIZE": "1"])
        }
        #expect(throws: OperationError(.badInput, "HOSTLER_PAGE_SIZE: 'x' is not a number from 1 to 100000")) {
            try read(nil, ["HOSTLER_PAGE_SIZE": "x"])
        }
        #expect(throws: OperationError(.badInput, "F can be written by others than its owner: chmod go-w F")) {
            try read("page.size: 1\n", mode: 0o666)
        }
    }

    @Test("what the API sets is kept, and what it may not set is refused")
    func updates() throws {
        try withFolder { folder in
            let file = folder.appending(path: "hostler.yaml").path
            let store = try StateStore(path: folder.appending(path: "state.db").path)
            let current = try CurrentConfiguration(file: file, environment: ["HOSTLER_PAGE_SIZE": "7"])
            try current.use(store)
            try current.set("healing.give_up", "5m")
            #expect(current.value.seconds("healing.give_up") == 300)
            let next = try CurrentConfiguration(file: file, environment: [:])
            try next.use(store)
            #expect(next.value.seconds("healing.give_up") == 300)
            for (name, value) in [
                ("healing.give_up", "x"), ("connect", "qemu:///session"), ("nope", "1"), ("page.size", "9"),
            ] {
                #expect(throws: OperationError.self) { try current.set(name, value) }
            }
            try Data("events.keep: 1d\n".utf8).write(to: URL(filePath: file))
            #expect(try next.reload() == ["events.keep"])
        }
    }

    @Test("the page has every key, as it is")
    func page() throws {
        var lines = ["| key | what it may be | usual | taken on reload | what it is |", "|---|---|---|---|---|"]
        for key in ConfigurationKey.all {
            let usual = key.value.isEmpty ? "" : "`\(key.value)`"
            lines.append(
                "| `\(key.name)` | \(key.values) | \(usual) | \(key.isDynamic ? "yes" : "") | \(key.description) |"
            )
        }
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/configuration.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let table = lines.joined(separator: "\n")
        if ProcessInfo.processInfo.environment["BLESS"] != nil, !text.contains(table) {
            let head = text.components(separatedBy: "| key | ")[0]
            let tail =
                text.components(separatedBy: "\n\n").last { !$0.hasPrefix("| key | ") && !head.contains($0) } ?? ""
            try Data((head + table + "\n" + (tail.isEmpty ? "" : "\n" + tail)).utf8).write(to: page)
            Issue.record("docs/configuration.md is written anew")
        }
        #expect(text.contains(table), "docs/configuration.md does not say what the keys are; make bless writes it")
    }

    @Test("a key's usual value is one that it takes")
    func values() {
        for key in ConfigurationKey.all {
            if case .failure(let complaint) = key.normalized(key.value) {
                Issue.record("\(key.name): \(complaint.text)")
            }
        }
        #expect(Set(ConfigurationKey.all.map(\.name)).count == ConfigurationKey.all.count)
        #expect(Set(ConfigurationKey.all.map(\.variable)).count == ConfigurationKey.all.count)
    }

    @Test("the example is a configuration in which all is as usual, with the # and without")
    func example() throws {
        let usual = try read(nil)
        let active = ConfigurationKey.example.replacing(/(?m)^#(?! )/, with: "")
        #expect(active != ConfigurationKey.example)
        for text in [ConfigurationKey.example, active] {
            let configuration = try read(text)
            for key in ConfigurationKey.all {
                #expect(configuration.text(key.name) == usual.text(key.name))
                #expect(configuration.source(key.name) == (text == active ? .file : .usual))
            }
        }
    }
}
