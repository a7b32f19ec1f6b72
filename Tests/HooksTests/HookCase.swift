import Foundation
import Hooks
import TestSupport
import Testing

/// One golden call of a hook: a folder `hooks/<contract>/<case>`.
///
/// `argv` has one argument on each line, the program's name first; `@NAME` stands for the content of a file. `env` has
/// the environment. `stdin.xml` is standard input, `file.xml` what `_hook_domxml` names, `allowed_urls` the host's limit.
/// `hostler` says what the program answers: its exit status, then lines `stdout …` and `stderr …`.
/// `daemon` says what hostlerd answers: `absent`, as without the file; or `silent`, `refused` or `done`, and more lines.
/// The answer is in `stdout.xml`, `stderr`, `exit` (where it is not 0), `file.out.xml` (where it changes) and
/// `hostler.calls`, how the program was called, `daemon.calls`, what the daemon was told.
struct HookCase: CustomTestStringConvertible, Sendable {
    static let outputs = ["stdout.xml", "stderr", "exit", "file.out.xml", "hostler.calls", "daemon.calls"]
    static let inputs = [
        "argv", "env", "stdin.xml", "file.xml", "allowed_urls", "domain.xml", "vmi.json", "hostler", "daemon",
    ]

    let path: String
    var testDescription: String { path }

    static let all: [HookCase] = Fixtures.files(below: "hooks").filter { $0.hasSuffix("/argv") }
        .map { HookCase(path: String($0.dropLast("/argv".count))) }

    func optional(_ name: String) throws -> [UInt8]? {
        Fixtures.exists("\(path)/\(name)") ? try Fixtures.read("\(path)/\(name)") : nil
    }

    func invocation() throws -> Invocation {
        let lines = Fixtures.text(try Fixtures.read(path + "/argv")).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        return Invocation(
            try lines.dropLast().map { line in
                line.hasPrefix("@") ? try Fixtures.read("\(path)/\(line.dropFirst())") : Array(line.utf8)
            }
        )
    }

    func system() throws -> FakeSystem {
        let system = FakeSystem()
        system.input = try optional("stdin.xml")
        for line in Fixtures.text(try optional("env") ?? []).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            system.variables[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
        if let file = try optional("file.xml") { system.files["/run/domain.xml"] = file }
        if let limits = try optional("allowed_urls") { system.files["/etc/hostler/allowed_urls"] = limits }
        if let answer = try optional("hostler") { system.answer = try Self.answer(Fixtures.text(answer)) }
        if let outcome = try optional("daemon") { system.outcome = try Self.outcome(Fixtures.text(outcome)) }
        return system
    }

    private static func outcome(_ text: String) throws -> DaemonOutcome {
        let lines = text.split(separator: "\n").map(String.init)
        let rest = Array(lines.dropFirst())
        switch lines.first {
        case "absent": return .absent
        case "silent": return .silent(rest.joined())
        case "refused": return .refused(rest.joined())
        case "done": return .done(rest)
        default: throw BadAnswer(text: text)
        }
    }

    struct BadAnswer: Error {
        let text: String
    }

    private static func answer(_ text: String) throws -> HostlerAnswer {
        let lines = text.split(separator: "\n")
        guard let status = lines.first.flatMap({ Int32($0) }) else { throw BadAnswer(text: text) }
        func said(_ stream: String) -> [UInt8] {
            lines.filter { $0.hasPrefix(stream + " ") }.flatMap { Array(($0.dropFirst(stream.count + 1) + "\n").utf8) }
        }
        return HostlerAnswer(status: status, output: said("stdout"), errors: said("stderr"))
    }
}

/// A host in memory. What a contract must not touch fails.
final class FakeSystem: HookSystem {
    var input: [UInt8]?
    var variables: [String: String] = [:]
    var files: [String: [UInt8]] = [:]
    var answer: HostlerAnswer?
    var outcome = DaemonOutcome.absent
    private(set) var told: [String] = []
    private(set) var calls: [String] = []
    private(set) var readsOfInput = 0

    func standardInput() throws(HookError) -> [UInt8] {
        readsOfInput += 1
        guard let input else { throw HookError("standard input was not expected to be read") }
        return input
    }

    func environment(_ name: String) -> String? { variables[name] }

    func readFile(_ path: String) throws(HookError) -> [UInt8]? { files[path] }

    func replaceFile(_ path: String, with bytes: [UInt8]) throws(HookError) {
        guard files[path] != nil else { throw HookError("\(path) does not exist") }
        files[path] = bytes
    }

    func daemon(_ call: DaemonCall, domain: () throws(HookError) -> [UInt8]) throws(HookError) -> DaemonOutcome {
        if outcome == .absent { return outcome }
        guard Fixtures.text(try domain()).contains("<domain") else { throw HookError("the daemon is given no domain") }
        let arguments = call.arguments.map { String(decoding: $0, as: UTF8.self) }
        told.append((call.isWork ? "work " : "note ") + arguments.joined(separator: " "))
        return outcome
    }

    func hostler(_ arguments: [String], input: [UInt8]) throws(HookError) -> HostlerAnswer {
        guard let answer else { throw HookError("hostler was not expected to be run") }
        guard Fixtures.text(input).contains("<domain") else { throw HookError("hostler is given no domain") }
        calls.append(arguments.joined(separator: " "))
        return answer
    }
}
