internal import ArgumentParser
internal import DomainXML
internal import LibvirtClient
internal import Operations

struct StartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start a guest, with other properties for this once where wished.",
        discussion: """
            With --once the guest's definition is transformed and started, and stays in libvirt as it was: the next start \
            is an ordinary one again. Before libvirt is asked, the URL of httpsisoboot is tried in the way in which QEMU \
            will read it, and what is wrong with it is said in one sentence. Where \(AllowedURLs.path) exists, the URL \
            has to match a line of it, the definition's own as well.

            What the guest needs of a template (property template), or of an ISO that is staged, is brought here first, with \
            a progress bar; what came so far is kept where that is interrupted.

            Examples:
              hostler start demo --once httpsisoboot=https://server/a.iso --console
              hostler start demo --once bootorder=network
              hostler start demo
            """
    )

    @OptionGroup var connect: ConnectOptions

    @Argument(help: "Name, UUID or id of the guest.", completion: .guests)
    var guest: String

    @Option(
        help: ArgumentHelp("A property for this start alone; may be repeated.", valueName: "name=value"),
        completion: PropertyArguments.completion
    )
    var once: [String] = []

    @Flag(help: "Start it paused; 'virsh resume' lets it run.")
    var paused = false

    @Flag(help: "Attach to its console ('virsh console') once it is started.")
    var console = false

    @Flag(name: .customLong("no-check"), help: "Do not try the URL first.")
    var isUnchecked = false

    func validate() throws {
        _ = try PropertyArguments.parse(once, "--once")
    }

    func run() async throws {
        let values = try PropertyArguments.parse(once, "--once")
        if console { try Console.check() }
        let guest = try Guest(guest, try connect.open())
        let start = GuestStart(guest, once: values, isPaused: paused, isUnchecked: isUnchecked)
        try await StartStaging.finish(try start.needs(), guest: guest.name)
        let outcome = try start.run()
        let medium = outcome.isRestored ? " from its saved state" : Self.with(values, outcome.iso)
        try Terminal.say("guest \(guest.name): started\(paused ? " paused" : "")\(medium)")
        if console {
            try Console.replaceThisProcess(guest: guest.name, uri: try guest.connection.uri())
        }
    }

    /// What it was started with. What it boots from is another question: its kernel or `bootorder` may come first.
    static func with(_ once: [PropertyValue], _ url: String?) -> String {
        if once.isEmpty { return url.map { " with httpsisoboot=\(PropertyArguments.shown($0))" } ?? "" }
        return " once with " + once.map { "\($0.name)=\(PropertyArguments.shown($0.value))" }.joined(separator: ", ")
    }
}
