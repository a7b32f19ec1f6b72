internal import ArgumentParser
internal import DomainXML
internal import Operations

struct SetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Give a guest properties, for each of its starts from now on.",
        discussion: """
            The persistent definition is transformed at once, and the properties are kept in its metadata. A running \
            guest goes on as it is. 'hostler unset' brings the definition back to what it was.

            A template that the properties name is staged: by hostlerd in the background, where it runs, else by this \
            command, before it ends.

            Without properties, what the guest's metadata says already is applied: for a guest that another tool has \
            defined with Hostler's properties in it.

            Examples:
              hostler set demo httpsisoboot=https://server/a.iso
              hostler set demo httpsisoboot_timeout=30 bootorder=network,hd --diff
              hostler set -c qemu:///session demo bootorder=cdrom --print-diff
            """
    )

    @Argument(help: "Name, UUID or id of the guest.", completion: .guests)
    var guest: String

    @Argument(
        help: ArgumentHelp("Properties; 'hostler properties' lists them.", valueName: "name=value"),
        completion: PropertyArguments.completion
    )
    var properties: [String] = []

    @OptionGroup var edit: DefinitionEdit

    @OptionGroup var socket: SocketOptions

    func validate() throws {
        _ = try PropertyArguments.parse(properties, "property")
    }

    func run() async throws {
        let values = try PropertyArguments.parse(properties, "property")
        let request = TransformRequest(properties: values, allowedURLs: try .ofThisHost())
        let needs = try edit.apply(to: guest, request, values.map(\.name), deed: "set")
        try await StartStaging(socket: socket).begin(needs)
    }
}
