internal import ArgumentParser
internal import DomainXML
internal import Operations

struct UnsetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unset",
        abstract: "Take properties away from a guest, with all that they did.",
        discussion: """
            Devices that Hostler attached go, and the boot order becomes what it was. A property's options go with it: \
            'unset httpsisoboot' takes httpsisoboot_timeout away as well.

            Examples:
              hostler unset demo httpsisoboot
              hostler unset demo httpsisoboot bootorder --diff
            """
    )

    @Argument(help: "Name, UUID or id of the guest.", completion: .guests)
    var guest: String

    @Argument(
        help: ArgumentHelp("Names of properties.", valueName: "name"),
        completion: PropertyArguments.nameCompletion
    )
    var names: [String]

    @OptionGroup var edit: DefinitionEdit

    func validate() throws {
        for name in names where name.contains("=") {
            throw ValidationError("'\(name.prefix { $0 != "=" })=' is more than a name; unset takes names alone")
        }
    }

    func run() throws {
        let request = TransformRequest(unset: names, allowedURLs: try .ofThisHost())
        try edit.apply(to: guest, request, names, deed: "unset")
    }
}
