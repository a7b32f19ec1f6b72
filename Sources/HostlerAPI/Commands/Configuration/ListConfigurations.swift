struct ListConfigurations: APICommand {
    let name = "listConfigurations"
    let summary = "lists the settings of the daemon"
    let since: String? = "2.2.0"
    let parameters =
        [
            APIParameter("name", .string, "only the setting of this name"),
            APIParameter("category", .string, "only the settings about this"),
        ] + Page.parameters
    let response = Configuration.fields

    func run(_ call: APICall) async throws -> APIResult {
        func isWanted(_ parameter: String, _ value: String) -> Bool {
            call.parameters.text(parameter).map { $0.isEmpty || $0.lowercased() == value.lowercased() } ?? true
        }
        let found = try await call.context.configuration.list().filter { item in
            isWanted("name", item.name) && isWanted("category", item.category)
        }
        return try call.list(
            key: Configuration.key,
            found.sorted { $0.name < $1.name },
            names: { [$0.name, $0.description] },
            Configuration.object
        )
    }
}
