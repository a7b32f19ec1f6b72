/// What the API has; CloudMonkey learns all of its commands from it.
struct ListAPIs: APICommand {
    let name = "listApis"
    let summary = "lists the commands of this API"
    let since: String? = "4.1.0"
    let parameters = [APIParameter("name", .string, "only this command")]
    let response = [
        ResponseField("name", "string", "the command"),
        ResponseField("description", "string", "what it does"),
        ResponseField("since", "string", "the release of CloudStack that has it first"),
        ResponseField("isasync", "boolean", "whether it answers with a job"),
        ResponseField("related", "string", "the commands that take or give the same kind of object"),
        ResponseField(
            "params",
            "list",
            "its parameters",
            members: [
                ResponseField("name", "string", "the parameter"),
                ResponseField("description", "string", "what it is for"),
                ResponseField("type", "string", "string, uuid, integer, boolean, map, list or date"),
                ResponseField("length", "integer", "how many bytes it has at most"),
                ResponseField("required", "boolean", "whether it has to be given"),
            ]
        ),
        ResponseField(
            "response",
            "list",
            "the members of its answer's objects",
            members: [
                ResponseField("name", "string", "the member"),
                ResponseField("description", "string", "what it says"),
                ResponseField("type", "string", "string, integer, boolean, date, list, map or object"),
                ResponseField("response", "list", "the members of a list's objects"),
            ]
        ),
    ]

    func run(_ call: APICall) async throws -> APIResult {
        let commands = call.context.registry.commands
        guard let name = call.parameters.text("name"), !name.isEmpty else {
            return .list(key: "api", commands.map { object($0, commands) })
        }
        guard let command = call.context.registry[name] else {
            throw APIError.parameter("there is no command '\(APIError.shown(name))'")
        }
        return .list(key: "api", [object(command, commands)])
    }

    private func object(_ command: any APICommand, _ commands: [any APICommand]) -> APIObject {
        var object = APIObject()
        object.set("name", command.name)
        object.set("description", command.summary)
        object.set("since", command.since)
        object.set("isasync", command.isAsync)
        let kind = Self.kind(command.name)
        let related = commands.map(\.name).filter { $0 != command.name && Self.kind($0) == kind }
        object.set("related", related.joined(separator: ","))
        // CloudMonkey 6 reads both lists without looking whether they are there.
        object.set("params", command.parameters.map(parameter))
        object.set("response", command.response.map(field))
        return object
    }

    /// What a command is about: its name without the verb, in the singular.
    private static func kind(_ name: String) -> String {
        var kind = name.drop { $0.isLowercase }.replacing("For", with: " ")
        if let last = kind.split(separator: " ").last { kind = String(last)[...] }
        if kind.hasSuffix("s") { kind.removeLast() }
        return String(kind)
    }

    private func parameter(_ parameter: APIParameter) -> APIObject {
        var object = APIObject()
        object.set("name", parameter.name)
        object.set("description", parameter.summary)
        object.set("type", parameter.kind.rawValue)
        object.set("length", parameter.length)
        object.set("required", parameter.isRequired)
        return object
    }

    private func field(_ field: ResponseField) -> APIObject {
        var object = APIObject()
        object.set("name", field.name)
        object.set("description", field.summary)
        object.set("type", field.type)
        if !field.members.isEmpty { object.set("response", field.members.map(self.field)) }
        return object
    }
}
