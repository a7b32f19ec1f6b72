internal import ArgumentParser
internal import Operations

struct TemplateRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove a template with its copies.",
        discussion: """
            Refused while disks of guests are overlays on it, or while it is being staged; then nothing is removed.

            Example:
              hostler template remove debian
            """,
        aliases: ["delete"]
    )

    @Argument(help: "Names or ids of templates.", completion: .templates)
    var templates: [String]

    func run() throws {
        let state = try TemplateState()
        let wanted = try templates.map { try state.records.find($0) }
        for template in wanted {
            try state.maintenance.remove(template)
            try Terminal.say("\(template.kind.rawValue) \(template.name): removed")
        }
    }
}
