struct UpdateConfiguration: APICommand {
    let name = "updateConfiguration"
    let summary = "changes a setting of the daemon"
    let since: String? = "2.2.0"
    let eventType = "CONFIGURATION.VALUE.EDIT"
    let parameters = [
        APIParameter("name", .string, "the setting's name, with dots", isRequired: true),
        APIParameter("value", .string, "its new value", isRequired: true, length: 8191),
    ]
    let response = Configuration.fields

    func run(_ call: APICall) async throws -> APIResult {
        let item = try await call.context.configuration.update(
            call.parameters.required("name"),
            call.parameters.required("value")
        )
        return .object(key: Configuration.key, Configuration.object(item))
    }
}
