internal import ArgumentParser
internal import Glibc
internal import HostlerAPI
internal import Operations

/// `hostler api-key`, the key pairs of the API's clients.
struct APIKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api-key",
        abstract: "Make and revoke the keys with which clients sign requests to the API.",
        discussion: """
            A key pair is as CloudStack's: the client (cs, CloudMonkey, libcloud) sends the API key and signs with the \
            secret key. For root, with or without hostlerd.

            Examples:
              hostler api-key create terraform
              hostler api-key list
              hostler api-key revoke terraform
            """,
        subcommands: [APIKeyCreate.self, APIKeyList.self, APIKeyRevoke.self]
    )

    static func keys() throws -> APIKeys {
        if geteuid() != 0 { throw OperationError(.failure, "only root can see to the keys of the API: use sudo") }
        return APIKeys(store: try HostState.ofThisUser.open())
    }

    /// What may be shown of a pair at any time.
    struct Report: Encodable {
        let name: String
        let apikey: String
        let created: String
        let lastused: String?

        init(_ record: APIKeyRecord) {
            name = record.name
            apikey = record.apiKey
            created = Timestamp.text(record.created)
            lastused = record.lastUsed.map { Timestamp.text($0) }
        }
    }
}

struct APIKeyCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a key pair; its secret key is shown this once.",
        discussion: """
            Examples:
              hostler api-key create terraform
              hostler api-key create terraform --json
            """
    )

    @Argument(help: "What to call it, such as the program that it is for.")
    var name: String

    @Flag(name: .customLong("json"), help: "Write JSON.")
    var isJSON = false

    func run() async throws {
        let record = try await APIKeyCommand.keys().create(name: name)
        if isJSON {
            return try Terminal.print(
                try JSON.text(Answer(name: record.name, apikey: record.apiKey, secretkey: record.secretKey))
            )
        }
        try Terminal.say("apikey: \(record.apiKey)")
        try Terminal.say("secretkey: \(record.secretKey)")
    }

    private struct Answer: Encodable {
        let name: String
        let apikey: String
        let secretkey: String
    }
}

struct APIKeyList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the key pairs, without their secrets."
    )

    @Flag(name: .customLong("json"), help: "Write JSON.")
    var isJSON = false

    func run() async throws {
        let reports = try await APIKeyCommand.keys().list().map { APIKeyCommand.Report($0) }
        if isJSON { return try Terminal.print(try JSON.text(reports)) }
        if reports.isEmpty { return try Terminal.say("there are no key pairs; 'hostler api-key create' makes one") }
        for report in reports {
            let used = report.lastused.map { "last used \($0)" } ?? "not used yet"
            try Terminal.say("\(report.name)  \(report.apikey)  created \(report.created)  \(used)")
        }
    }
}

struct APIKeyRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "End a key pair: requests that are signed with it are refused from now on."
    )

    @Argument(help: "Its name or its API key.")
    var name: String

    func run() async throws {
        try await APIKeyCommand.keys().revoke(name)
        try Terminal.say("\(name): revoked")
    }
}
