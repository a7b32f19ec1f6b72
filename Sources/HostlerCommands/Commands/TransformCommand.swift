internal import ArgumentParser
internal import DomainXML
internal import Operations

struct TransformCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transform",
        abstract: "Rewrite domain XML, from a file or stdin to stdout.",
        discussion: """
            Applies properties, given here or found in the document's metadata, and writes the new document. What needs \
            no change comes back byte for byte. No network, no libvirt, no guest is touched.

            Examples:
              virsh dumpxml --inactive demo |
                hostler transform --set httpsisoboot=https://server/a.iso
              hostler transform --set bootorder=network,hd --diff demo.xml
              hostler transform --unset httpsisoboot demo.xml

            URLs must match a line of \(AllowedURLs.path) as a whole, where that file exists; --allowed-url takes its \
            place. Exit status: 0 done, 64 wrong usage, 65 bad input, with nothing on stdout.
            """
    )

    /// The engine refuses larger documents; reading one byte more lets it say so.
    static let maximumSize = 16 << 20

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A property to apply; may be repeated.", valueName: "name=value"),
        completion: PropertyArguments.completion
    )
    var properties: [String] = []

    @Option(
        name: .customLong("unset"),
        help: ArgumentHelp("A property to take away, with all that it did; may be repeated.", valueName: "name"),
        completion: PropertyArguments.nameCompletion
    )
    var unset: [String] = []

    @Option(
        name: .customLong("artefact"),
        help: ArgumentHelp(
            "Where a file that Hostler makes is: configdrive=/path/of.iso; may be repeated.",
            valueName: "role=path"
        ),
        completion: .list(DomainArtefact.roles.map { $0 + "=" })
    )
    var artefacts: [String] = []

    @Option(
        name: .customLong("allowed-url"),
        help: ArgumentHelp("A regular expression that URLs must match as a whole; may be repeated.", valueName: "regex")
    )
    var allowedURLs: [String] = []

    @Flag(name: .customLong("diff"), help: "Show the change as a unified diff instead, with the whole of URLs.")
    var showsDiff = false

    @Argument(help: "The document; - for stdin.", completion: .file(extensions: ["xml"]))
    var file = "-"

    func validate() throws {
        for value in try PropertyArguments.parse(properties, "--set") where unset.contains(value.name) {
            throw ValidationError("\(value.name) is given to --set and to --unset; one of them has to go")
        }
        for artefact in artefacts {
            guard let equals = artefact.firstIndex(of: "="), equals > artefact.startIndex, !artefact.hasSuffix("=")
            else {
                throw ValidationError("--artefact '\(artefact)' is not of the form role=path")
            }
            let role = String(artefact[..<equals])
            if !DomainArtefact.roles.contains(role) {
                let known = DomainArtefact.roles.joined(separator: ", ")
                throw ValidationError(
                    "--artefact \(role): no property uses an artefact of that role; known are \(known)"
                )
            }
            if artefacts.filter({ $0.hasPrefix(role + "=") }).count > 1 {
                throw ValidationError("--artefact \(role) is given twice")
            }
        }
        do throws(DomainXMLError) { _ = try AllowedURLs(allowedURLs) } catch {
            // The engine names the file that such expressions usually come from.
            let message = error.message.replacing("allowed_urls: ", with: "", maxReplacements: 1)
            throw ValidationError("--allowed-url \(message)")
        }
    }

    func run() throws {
        let input: [UInt8]
        do throws(SystemError) { input = try Files.read(file, limit: Self.maximumSize) } catch {
            throw OperationError(.badInput, error.message)
        }
        let result = try transformed(input)
        for warning in result.warnings { Terminal.warn(warning) }
        try Terminal.write(rendered(result, input, coloured: Terminal.isColoured))
    }

    func transformed(_ input: [UInt8]) throws -> TransformResult {
        try DomainTransformer.transform(
            input,
            TransformRequest(
                properties: try PropertyArguments.parse(properties, "--set"),
                unset: unset,
                allowedURLs: allowedURLs.isEmpty ? try .ofThisHost() : try AllowedURLs(allowedURLs),
                artefacts: Dictionary(
                    uniqueKeysWithValues: artefacts.map { artefact in
                        let equals = artefact.firstIndex(of: "=") ?? artefact.endIndex
                        return (String(artefact[..<equals]), String(artefact[equals...].dropFirst()))
                    }
                )
            )
        )
    }

    /// What goes to stdout.
    func rendered(_ result: TransformResult, _ input: [UInt8], coloured: Bool) -> [UInt8] {
        if !showsDiff { return result.xml }
        let name = file == "-" ? "stdin" : Terminal.oneLine(file)
        let diff = UnifiedDiff(
            old: String(decoding: input, as: UTF8.self),
            new: String(decoding: result.xml, as: UTF8.self),
            oldName: name,
            newName: name + " (transformed)"
        )
        return Array(diff.text(coloured: coloured).utf8)
    }
}
