internal import ArgumentParser
internal import LibvirtClient
internal import Operations

struct TemplateReset: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Have a guest's disk made anew from its template at its next start.",
        discussion: """
            The disk itself is not removed: move or remove it first, and it is clear that it is not missed. A guest whose \
            disk is gone does not start otherwise, since it may be that a file system is only not mounted.

            Example:
              rm /pool/hostler-….qcow2 && hostler template reset demo
            """
    )

    @OptionGroup var connect: ConnectOptions

    @Argument(help: "Name, UUID or id of the guest.", completion: .guests)
    var guest: String

    func run() throws {
        let guest = try Guest(guest, try connect.open())
        try guest.checkIsHere("template reset")
        let templates = try TemplateState()
        let uuid = try guest.domain.uuid().lowercased()
        let uses = try templates.records.uses().filter { $0.guest == uuid && $0.kind != .medium && $0.file != nil }
        if uses.isEmpty { throw guest.failure("it has no disk that was made of a template") }
        if let present = uses.first(where: { Files.size($0.path) != nil }) {
            throw guest.failure("its disk \(present.path) is there; move or remove it first")
        }
        for use in uses { try templates.records.remove(use) }
        try Terminal.say("guest \(guest.name): its disk is made anew at its next start")
    }
}
