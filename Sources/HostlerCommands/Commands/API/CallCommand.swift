internal import ArgumentParser
internal import Foundation
internal import HostlerAPI
internal import Operations

/// `hostler api`, for whatever of the API has no command of its own here.
struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api",
        abstract: "Call a command of hostlerd's API, which is CloudStack's.",
        discussion: """
            Without a command, lists those there are; with --describe, says what one takes and gives. What is in the \
            answer is written as JSON. Where a command answers with a job, its end is waited for.

            Examples:
              hostler api
              hostler api startVirtualMachine --describe
              hostler api listVirtualMachines state=Running
              hostler api stopVirtualMachine id=$(virsh domuuid demo) forced=true
              hostler api registerSSHKeyPair name=ada publickey=@id_ed25519.pub
            """
    )

    @OptionGroup var socket: SocketOptions

    @Flag(help: "Say what the command takes and gives.")
    var describe = false

    @Flag(help: "Write a job's id instead of waiting for its end.")
    var noWait = false

    @Argument(help: "The command.", completion: .list(CommandRegistry.standard.commands.map(\.name)))
    var command: String?

    @Argument(help: ArgumentHelp("Its parameters; @file stands for what is in a file.", valueName: "name=value"))
    var parameters: [String] = []

    func run() async throws {
        guard let command else {
            let width = CommandRegistry.standard.commands.map(\.name.count).max() ?? 0
            for command in CommandRegistry.standard.commands {
                let blanks = String(repeating: " ", count: width - command.name.count)
                try Terminal.say("\(command.name)\(blanks)  \(command.summary)")
            }
            return
        }
        if describe { return try Terminal.write(Self.description(try known(command)).utf8) }
        let name = CommandRegistry.standard[command]?.name ?? command
        let client = socket.client
        let answer = try await client.object(name, try values())
        guard !noWait, CommandRegistry.standard[command]?.isAsync == true, let job = answer["jobid"] as? String else {
            return try show(answer)
        }
        try show(try await Self.result(of: job, client))
    }

    private func values() throws -> [String: String] {
        var values: [String: String] = [:]
        for parameter in parameters {
            guard let equals = parameter.firstIndex(of: "="), equals > parameter.startIndex else {
                throw OperationError(.usage, "'\(parameter)' is not of the form name=value")
            }
            let name = String(parameter[..<equals])
            if values[name] != nil { throw OperationError(.usage, "\(name) is given twice") }
            let value = String(parameter[parameter.index(after: equals)...])
            values[name] = value.hasPrefix("@") ? try Self.content(of: String(value.dropFirst())) : value
        }
        for reserved in ["command", "response"] where values[reserved] != nil {
            throw OperationError(.usage, "\(reserved) is not yours to give: the answer is always JSON")
        }
        return values
    }

    private static func content(of file: String) throws -> String {
        do throws(SystemError) { return String(decoding: try Files.read(file, limit: 4 << 20), as: UTF8.self) } catch {
            throw OperationError(.badInput, error.message)
        }
    }

    private func known(_ name: String) throws -> any APICommand {
        if let command = CommandRegistry.standard[name] { return command }
        throw OperationError(.usage, "there is no command '\(name)'; 'hostler api' lists those there are")
    }

    // MARK: Jobs

    private static let pause = Duration.milliseconds(300)

    private static func result(of job: String, _ client: APIClient) async throws -> [String: Any] {
        while true {
            let answer = try await client.object("queryAsyncJobResult", ["jobid": job])
            let result = answer["jobresult"] as? [String: Any] ?? [:]
            switch answer["jobstatus"] as? Int {
            case 0: try await Task.sleep(for: pause)
            case 1: return result
            default:
                throw OperationError(.failure, result["errortext"] as? String ?? "the job has failed without a reason")
            }
        }
    }

    private func show(_ answer: [String: Any]) throws {
        let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try Terminal.write(Array(try JSONSerialization.data(withJSONObject: answer, options: options)) + [0x0A])
    }

    // MARK: Help

    /// From what `listApis` and `docs/api.md` come from as well.
    static func description(_ command: any APICommand) -> String {
        var lines = ["\(command.name): \(command.summary)"]
        let kind = command.isAsync ? "answers with a job" : "answers at once"
        lines.append("  \(kind); \(command.since.map { "CloudStack's since \($0)" } ?? "Hostler's own")")
        if !command.parameters.isEmpty { lines += ["", "takes"] }
        for parameter in command.parameters {
            let mark = parameter.isRequired ? " (required)" : ""
            lines.append("  \(parameter.name) (\(parameter.kind.rawValue))\(mark): \(parameter.summary)")
        }
        if !command.response.isEmpty { lines += ["", "gives"] }
        for field in command.response {
            lines.append("  \(field.name) (\(field.type)): \(field.summary)")
            for member in field.members {
                lines.append("    \(member.name) (\(member.type)): \(member.summary)")
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
