internal import Operations

struct RegisterIso: APICommand {
    let name = "registerIso"
    let summary = "makes an ISO of the file at a URL, which is downloaded straight into a pool"
    let since: String? = "2.2.0"
    let eventType = "ISO.CREATE"
    let parameters =
        TemplateRequest.parameters + [
            APIParameter("zoneid", .string, "the id of the zone that it is for, or -1 for all", isRequired: true),
            APIParameter("bootable", .boolean, "kept and shown; true unless given"),
        ]
    let response = Template.fields.filter { $0.name != "requireshvm" }

    func run(_ call: APICall) async throws -> APIResult {
        var request = try await TemplateRequest(call, .iso)
        request.registration.format = "ISO"
        request.registration.traits.isBootable = call.parameters.bool("bootable") ?? true
        return try await request.register(call)
    }
}
