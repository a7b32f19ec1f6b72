internal import ArgumentParser
internal import Operations

struct TemplateList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the templates and ISOs of this host, and how far each is.",
        discussion: """
            States: queued, staging (with how far it is), ready, failed ('hostler template show' says why), gone (its \
            file is not there any more), unknown (its pool's file system does not answer), and 'not staged' for one that is only known.

            Examples:
              hostler template list
              hostler template list --json | jq -r '.[] | [.name, .url] | @tsv'
            """
    )

    @Flag(name: .customLong("names"), help: "Write names alone, one on each line.")
    var isNames = false

    @Flag(name: .customLong("json"), help: "Write JSON.")
    var isJSON = false

    func run() async throws {
        let templates = try TemplateState()
        let known = try templates.records.all()
        if isNames && !isJSON {
            for template in known { try Terminal.say(template.name) }
            return
        }
        let reports = try await templates.reports(known)
        if isJSON { return try Terminal.print(try JSON.text(reports)) }
        if reports.isEmpty {
            return try Terminal.say("there are no templates; 'hostler template stage URL' brings one")
        }
        let rows = reports.flatMap { $0.rows }
        try Terminal.write(Table.text([["NAME", "KIND", "STATE", "SIZE", "DISKS", "WHERE"]] + rows).utf8)
    }
}

extension TemplateReport {
    fileprivate var rows: [[String]] {
        let users = String(disks.count { $0.isMade })
        if copies.isEmpty { return [[name, kind, "not staged", "", users, url]] }
        return copies.map { copy in
            let size = (copy.virtualSize ?? copy.fileSize).map { Size.text($0) } ?? ""
            return [name, kind, copy.stateText, size, users, copy.path ?? copy.folder]
        }
    }
}

extension TemplateReport.Copy {
    /// `staging 43 %`.
    var stateText: String {
        guard state == "staging" else { return state }
        if let percent { return "staging \(percent) %" }
        return received.map { "staging \(Size.text($0))" } ?? state
    }
}
