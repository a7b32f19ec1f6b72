/// The reference of the API in Markdown, from the commands themselves.
package enum CommandPage {
    /// What stands above the reference in `docs/api.md`.
    package static let marker = "<!-- Below this line the commands write themselves: make bless -->"

    /// A section for each command, in the order of the alphabet.
    package static func markdown(_ registry: CommandRegistry) -> String {
        registry.commands.map(section).joined()
    }

    private static func section(_ command: any APICommand) -> String {
        var kinds = [command.since.map { "CloudStack's since \($0)" } ?? "Hostler's own"]
        kinds.append(command.isAsync ? "answers with a job" : "answers at once")
        if command.changesState { kinds.append("taken once per signature") }
        var text = "\n### \(command.name)\n\n\(sentence(command.summary)) (\(kinds.joined(separator: "; ")).)\n"
        let own = command.parameters.filter { !Page.parameters.contains($0) }
        if !own.isEmpty {
            text += "\n| parameter | type | what it is |\n|---|---|---|\n"
            for parameter in own {
                let name = parameter.isRequired ? "**`\(parameter.name)`**" : "`\(parameter.name)`"
                text += "| \(name) | \(parameter.kind.rawValue) | \(cell(parameter.summary)) |\n"
            }
        }
        if own.count != command.parameters.count { text += "\nIt takes the [parameters of lists](#lists) as well.\n" }
        text += fields(command.response)
        return text
    }

    private static func fields(_ fields: [ResponseField]) -> String {
        if fields.isEmpty { return "" }
        var text = "\n| answer | type | what it says |\n|---|---|---|\n"
        for field in fields {
            text += "| `\(field.name)` | \(field.type) | \(cell(field.summary)) |\n"
            for member in field.members {
                text += "| `\(field.name)[].\(member.name)` | \(member.type) | \(cell(member.summary)) |\n"
            }
        }
        return text
    }

    private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() + "." }

    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
}
