internal import ArgumentParser
internal import Operations
internal import Provisioning

struct TemplateVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read staged templates again, and compare them with what was staged.",
        discussion: """
            Without a name, all of them.

            Examples:
              hostler template verify debian
              hostler template verify
            """
    )

    @Argument(help: "Name or id of the template.", completion: .templates)
    var template: String?

    @Flag(name: .customLong("quiet"), help: "Show no progress.")
    var isQuiet = false

    func run() async throws {
        let templates = try TemplateState()
        let wanted = try template.map { [try templates.records.find($0)] } ?? templates.records.all()
        let maintenance = templates.maintenance
        var isGood = true
        var count = 0
        for template in wanted {
            for copy in try templates.records.copies(of: template.id) where copy.state == .ready {
                count += 1
                let progress = DownloadProgress()
                do {
                    try await ProgressBar.following(template.name, progress, isQuiet: isQuiet) {
                        try await offPool { try maintenance.verify(copy, progress: progress) }
                    }
                    try Terminal.say(
                        "\(template.kind.rawValue) \(template.name): \(copy.path ?? "") is as it was staged"
                    )
                } catch {
                    guard let failure = OperationError(wrapping: error), let message = failure.message else {
                        throw error
                    }
                    isGood = false
                    Terminal.complain("\(template.kind.rawValue) \(template.name): \(message)")
                }
            }
        }
        if count == 0 { throw OperationError(.failure, "nothing is staged, so there is nothing to verify") }
        if !isGood { throw OperationError(.failure, nil) }
    }
}
