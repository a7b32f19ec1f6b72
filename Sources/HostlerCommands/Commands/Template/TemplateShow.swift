internal import ArgumentParser
internal import Operations

struct TemplateShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show all that is known of a template: its copies, digests, errors, and the guests that use it.",
        discussion: """
            Examples:
              hostler template show debian
              hostler template show debian --json | jq -r '.copies[0].path'
            """
    )

    @Argument(help: "Name or id of the template.", completion: .templates)
    var template: String

    @Flag(name: .customLong("json"), help: "Write JSON.")
    var isJSON = false

    func run() async throws {
        let templates = try TemplateState()
        for report in try await templates.reports([try templates.records.find(template)]) {
            if isJSON { return try Terminal.print(try JSON.text(report)) }
            for line in report.lines { try Terminal.say(line) }
        }
    }
}

extension TemplateReport {
    fileprivate var lines: [String] {
        var lines = ["\(kind) \(name)", "  id        \(id)", "  url       \(url)"]
        if let checksum { lines.append("  checksum  \(checksum)") }
        if !headers.isEmpty {
            lines.append("  headers   \(headers.joined(separator: ", ")) (values are kept to ourselves)")
        }
        lines.append("  known     since \(created)")
        if copies.isEmpty { lines.append("  not staged: hostler template stage \(name)") }
        for copy in copies { lines += copy.lines }
        for disk in disks {
            let made = disk.isMade ? "" : ", not made yet"
            lines.append("  guest \(disk.guest): \(disk.path) (\(disk.kind)\(made))")
        }
        return lines
    }
}

extension TemplateReport.Copy {
    fileprivate var lines: [String] {
        var lines = ["  copy in \(folder)\(pool.map { " (pool \($0))" } ?? ""): \(stateText)"]
        if let path { lines.append("    file      \(path)") }
        if let format {
            lines.append("    format    \(format)\(virtualSize.map { ", \(Size.text($0)) for a guest" } ?? "")")
        }
        if let fileSize { lines.append("    size      \(fileSize) bytes") }
        if let digest { lines.append("    digest    \(digest)") }
        if let verified { lines.append("    verified  \(verified)") }
        if let source { lines.append("    from      \(source)") }
        for failure in failures ?? [] { lines.append("    failed    \(failure)") }
        if let error { lines.append("    error     \(error)") }
        if let nextAttempt { lines.append("    next try  \(nextAttempt)") }
        return lines
    }
}
