import Foundation
import TestSupport
import Testing

@testable import HostlerAPI

@Suite struct RegistryTests {
    private static let commands = CommandRegistry.standard.commands

    @Test("docs/api.md is what the commands say of themselves")
    func page() throws {
        let path = "../../docs/api.md"
        let text = Fixtures.text(try Fixtures.read(path))
        let end = try #require(text.firstRange(of: CommandPage.marker)).upperBound
        let wanted = text[..<end] + "\n" + CommandPage.markdown(.standard)
        let complaint = try Fixtures.compare(Array(wanted.utf8), path)
        #expect(complaint == nil, "\(complaint ?? "")")
    }

    @Test("names are there once, and look as CloudStack's do")
    func names() {
        #expect(Set(Self.commands.map { $0.name.lowercased() }).count == Self.commands.count)
        for command in Self.commands {
            #expect(command.name.wholeMatch(of: /[a-z]+[A-Z][A-Za-z]+/) != nil, "\(command.name)")
            #expect(Set(command.parameters.map(\.name)).count == command.parameters.count, "\(command.name)")
            for parameter in command.parameters {
                #expect(parameter.name.wholeMatch(of: /[a-z]+/) != nil, "\(command.name): \(parameter.name)")
            }
        }
    }

    @Test("descriptions are there, and are sentences' beginnings")
    func descriptions() {
        for command in Self.commands {
            let texts = [command.summary] + command.parameters.map(\.summary) + command.response.map(\.summary)
            for text in texts {
                let isSentence = text.hasSuffix(".") && !text.hasSuffix("...")
                #expect(!text.isEmpty && !isSentence, "\(command.name): \(text)")
            }
        }
    }

    /// What CloudMonkey reads of it without asking whether it is there.
    @Test("listApis has every command, with lists also where they are empty")
    func listAPIs() async throws {
        try await withAPI { api in
            let answer = try await api.getJSON("command=listApis")
            #expect(answer["count"] as? Int == Self.commands.count)
            let entries = try #require(answer["api"] as? [[String: Any]])
            #expect(entries.count == Self.commands.count)
            for (entry, command) in zip(entries, Self.commands) {
                #expect(entry["name"] as? String == command.name)
                #expect(entry["isasync"] as? Bool == command.isAsync)
                #expect(entry["description"] as? String == command.summary)
                let parameters = try #require(entry["params"] as? [[String: Any]])
                #expect(parameters.compactMap { $0["name"] as? String } == command.parameters.map(\.name))
                #expect(parameters.allSatisfy { $0["required"] is Bool && $0["type"] is String && $0["length"] is Int })
                #expect(entry["response"] is [[String: Any]])
            }
        }
    }

    @Test("what an answer has, its command has declared")
    func fields() async throws {
        try await withAPI { api in
            _ = try await api.context.sshKeyPairs.register(name: "ada", publicKey: SSHKeyTests.ed25519)
            _ = await api.get("command=rebootVirtualMachine&id=\(ID.web)&injectedjobid=\(ID.job(1))")
            let all = "listhosts=true&templatefilter=all&isofilter=all"
            for command in Self.commands where command.name.hasPrefix("list") {
                let answer = try await api.getJSON("command=\(command.name)&\(all)")
                for value in answer.values {
                    let objects = value as? [[String: Any]] ?? (value as? [String: Any]).map { [$0] } ?? []
                    for name in objects.flatMap(\.keys) {
                        #expect(command.response.contains { $0.name == name }, "\(command.name): \(name)")
                    }
                }
            }
        }
    }

    @Test("listApis of one command, in any case, and of none")
    func listOne() async throws {
        try await withAPI { api in
            let answer = try await api.getJSON("command=listApis&name=STARTVIRTUALMACHINE")
            let entries = try #require(answer["api"] as? [[String: Any]])
            #expect(entries.compactMap { $0["name"] as? String } == ["startVirtualMachine"])
            let related = try #require(entries.first?["related"] as? String)
            #expect(related.split(separator: ",").contains("listVirtualMachines"))
            let missing = await api.get("command=listApis&name=nothing&response=json")
            #expect(try missing.error() == "there is no command 'nothing'")
        }
    }
}
