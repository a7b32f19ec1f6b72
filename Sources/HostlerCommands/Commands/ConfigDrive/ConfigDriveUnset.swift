internal import ArgumentParser
internal import LibvirtClient
internal import Operations

struct ConfigDriveUnset: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unset",
        abstract: "Take a guest's drive away, and forget what was kept.",
        discussion: """
            The drive goes from the persistent definition, which becomes what it was before, and what was kept for the guest \
            is forgotten, its password too. A guest that runs keeps its drive until it is shut down.

            Example:
              hostler config-drive unset demo
            """
    )

    @OptionGroup var connect: ConnectOptions

    @Argument(help: "Name, UUID or id of the guest.", completion: .guests)
    var guest: String

    func run() throws {
        let guest = try Guest(guest, try connect.open())
        try guest.checkIsHere("config-drive unset")
        var isDone = false
        try DriveEdit.of(guest) { isDone = try $0.detach() }
        if !isDone { return try Terminal.say("guest \(guest.name): it has no config drive") }
        let when = try guest.domain.isActive() ? "; the running guest keeps it until it is shut down" : ""
        try Terminal.say("guest \(guest.name): config drive taken away\(when)")
    }
}
