internal import ArgumentParser
internal import Operations

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what hostlerd knows of the guests of this host.",
        discussion: """
            Each guest with what it does (defined, preparing, starting, running, paused, stopping, stopped, migrating), why \
            and since when. With a guest's name, also what is there for it, and what has happened to it lately.

            Examples:
              hostler status
              hostler status demo
              hostler status --json | jq '.[] | select(.state == "paused") | .name'
            """
    )

    @OptionGroup var socket: SocketOptions

    @Argument(help: "Name or UUID of a guest; all guests where left out.", completion: .guests)
    var guest: String?

    @Flag(name: .customLong("json"), help: "Write JSON.")
    var isJSON = false

    func run() async throws {
        let client = socket.client
        let all: [GuestStatus] = try await client.all("listVirtualMachines", ["listall": "true"])
        var guests = all.sorted { ($0.name, $0.uuid) < ($1.name, $1.uuid) }
        if let guest {
            guests = guests.filter { $0.name == guest || $0.uuid == guest.lowercased() }
            if guests.isEmpty {
                throw OperationError(
                    .failure,
                    "hostlerd knows no guest '\(guest)'; 'hostler status' lists those it knows"
                )
            }
        }
        if isJSON { return try Terminal.print(try JSON.text(guests)) }
        guard let guest = guests.first else { return try Terminal.say("there are no guests") }
        if self.guest == nil { return try Terminal.write(GuestStatus.table(guests).utf8) }
        try Terminal.write(guest.text.utf8)
        let events: APIClient.List<EventLine> = try await client.call(
            "listEvents",
            ["resourceid": guest.uuid, "page": "1", "pagesize": "10"]
        )
        if !events.elements.isEmpty { try Terminal.say("  lately") }
        for event in events.elements.reversed() { try Terminal.say("    " + event.text) }
    }
}

/// A guest as the API shows it.
struct GuestStatus: Codable {
    struct Artefact: Codable {
        let role: String
        let source: String?
        let since: String?
    }

    let uuid: String
    let name: String
    let state: String
    let reason: String?
    let since: String?
    let artefacts: [Artefact]?

    private enum CodingKeys: String, CodingKey {
        case uuid = "id"
        case name
        case state = "gueststate"
        case reason = "statereason"
        case since
        case artefacts = "artefact"
    }

    private enum OutputKeys: String, CodingKey {
        case uuid, name, state, reason, since, artefacts
    }

    /// In our own words, unlike CloudStack's that it came in.
    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: OutputKeys.self)
        try values.encode(uuid, forKey: .uuid)
        try values.encode(name, forKey: .name)
        try values.encode(state, forKey: .state)
        try values.encodeIfPresent(reason, forKey: .reason)
        try values.encodeIfPresent(since, forKey: .since)
        try values.encode(artefacts ?? [], forKey: .artefacts)
    }

    /// For people.
    static func table(_ guests: [GuestStatus]) -> String {
        let rows =
            [["NAME", "STATE", "SINCE", "REASON"]]
            + guests.map { [$0.name, $0.state, $0.since ?? "", $0.reason ?? ""].map { Terminal.oneLine($0) } }
        let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { index, cell in
                index < 3 ? cell + String(repeating: " ", count: widths[index] - cell.count) : cell
            }
            let line = cells.joined(separator: "  ")
            return String(line.prefix(line.count - line.reversed().prefix { $0 == " " }.count)) + "\n"
        }.joined()
    }

    var text: String {
        var lines = ["\(name) (\(state)\(reason.map { ", \($0)" } ?? ""))", "  uuid: \(uuid)"]
        if let since { lines.append("  since: \(since)") }
        lines += (artefacts ?? []).map { artefact in
            let since = artefact.since.map { " since \($0)" } ?? ""
            return "  \(artefact.role): \(artefact.source ?? "")\(since)"
        }
        return lines.map { Terminal.oneLine($0) + "\n" }.joined()
    }
}

/// An event as the API shows it.
struct EventLine: Codable {
    let sequence: Int
    let created: String
    let type: String
    let level: String
    let source: String
    let description: String
    let resourceid: String?
    let resourcename: String?

    var text: String { Terminal.oneLine("\(created) \(level) \(type) \(description) (\(source))") }
}
