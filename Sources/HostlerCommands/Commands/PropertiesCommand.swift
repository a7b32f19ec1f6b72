internal import ArgumentParser
internal import DomainXML

struct PropertiesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "properties",
        abstract: "List the properties that guests can have.",
        discussion: """
            Each is name=value, wherever it is given: 'hostler set', 'hostler start --once', the metadata of the domain, \
            a custom property in oVirt, an annotation in KubeVirt.
            """
    )

    @Flag(name: .customLong("json"), help: "Write JSON.")
    var isJSON = false

    private struct Entry: Encodable {
        let name: String
        let summary: String
        let form: String
        let optionOf: String?
    }

    func run() throws {
        let entries = Property.all.map {
            Entry(name: $0.name, summary: $0.summary, form: $0.form, optionOf: $0.mainProperty)
        }
        if isJSON { return try Terminal.print(try JSON.text(entries)) }
        for entry in entries { try Terminal.write(Self.text(entry.name, entry.form, entry.summary).utf8) }
    }

    /// A line for the property and an indented one for what it does, folded to what a narrow terminal has.
    static func text(_ name: String, _ form: String, _ summary: String) -> String {
        fold("\(name)=\(form)", first: "", others: "        ") + fold(summary, first: "    ", others: "    ")
    }

    private static func fold(_ text: String, first: String, others: String, width: Int = 79) -> String {
        var lines: [String] = []
        var line = first
        for word in text.split(separator: " ") {
            if line.count + 1 + word.count > width {
                lines.append(line)
                line = others
            }
            line += (line.allSatisfy { $0 == " " } ? "" : " ") + word
        }
        return (lines + [line]).map { $0 + "\n" }.joined()
    }
}
