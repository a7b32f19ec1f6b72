internal import ArgumentParser
internal import Operations

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Show what has happened to the guests of this host.",
        discussion: """
            The newest last. With --follow, what happens from now on as well, until it is interrupted; with --json, an \
            object on a line for each event.

            Examples:
              hostler events --last 20
              hostler events --follow
              hostler events --guest demo --json
            """
    )

    @OptionGroup var socket: SocketOptions

    @Option(
        help: ArgumentHelp("Only what happened to this guest: its name or UUID.", valueName: "guest"),
        completion: .guests
    )
    var guest: String?

    @Option(help: ArgumentHelp("The last so many, 1 to 500 (default: 50).", valueName: "number"))
    var last = 50

    @Flag(help: "Go on with what happens from now on.")
    var follow = false

    @Flag(name: .customLong("json"), help: "Write JSON, an object on a line.")
    var isJSON = false

    func validate() throws {
        if !(1...500).contains(last) { throw ValidationError("--last \(last) is not from 1 to 500") }
    }

    func run() async throws {
        let client = socket.client
        var parameters = ["page": "1", "pagesize": String(last)]
        if let guest { parameters["resourceid"] = try await uuid(guest, client) }
        // Before the list, so that nothing falls between the two; also where nothing has happened to this guest.
        var after = follow ? try await newestSequence(client) : 0
        let newest: APIClient.List<EventLine> = try await client.call("listEvents", parameters)
        for event in newest.elements.reversed() { try show(event) }
        if !follow { return }
        after = max(after, newest.elements.first?.sequence ?? 0)
        parameters["wait"] = "30"
        // As many as hostlerd gives at once.
        parameters["page"] = nil
        parameters["pagesize"] = nil
        while true {
            parameters["after"] = String(after)
            let new: APIClient.List<EventLine> = try await client.call("listEvents", parameters)
            for event in new.elements { try show(event) }
            after = new.elements.last?.sequence ?? after
        }
    }

    private func newestSequence(_ client: APIClient) async throws -> Int {
        let newest: APIClient.List<EventLine> = try await client.call("listEvents", ["page": "1", "pagesize": "1"])
        return newest.elements.first?.sequence ?? 0
    }

    private func uuid(_ guest: String, _ client: APIClient) async throws -> String {
        let all: [GuestStatus] = try await client.all("listVirtualMachines", ["listall": "true"])
        if let found = all.first(where: { $0.name == guest }) { return found.uuid }
        // One that is gone has events all the same.
        return guest.lowercased()
    }

    private func show(_ event: EventLine) throws {
        if isJSON { return try Terminal.print(try JSON.line(event)) }
        try Terminal.say(event.text)
    }
}
