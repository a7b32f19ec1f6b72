import ArgumentParser
import Testing

@testable import HostlerAPI
@testable import HostlerCommands

@Suite struct CallCommandTests {
    @Test("every command is described with all that it takes and gives")
    func descriptions() {
        for command in CommandRegistry.standard.commands {
            let lines = CallCommand.description(command).split(separator: "\n").map(String.init)
            #expect(lines[0] == "\(command.name): \(command.summary)")
            for parameter in command.parameters {
                #expect(lines.contains { $0.hasPrefix("  \(parameter.name) (\(parameter.kind.rawValue))") })
            }
            for field in command.response {
                #expect(lines.contains { $0.hasPrefix("  \(field.name) (\(field.type)): ") })
            }
        }
    }

    @Test(
        "what cannot be sent is refused before hostlerd is asked",
        arguments: [["x"], ["=x"], ["a=1", "a=2"], ["command=x"], ["response=xml"], ["a=@/nonexistent"]]
    )
    func refused(_ parameters: [String]) async throws {
        let command = try CallCommand.parse(["--socket", "/nonexistent/s", "listZones"] + parameters)
        await #expect { try await command.run() } throws: { error in
            !"\(error)".contains("hostlerd does not run")
        }
    }
}
