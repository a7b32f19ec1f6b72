struct DeleteTemplate: APICommand {
    let name = "deleteTemplate"
    let summary = "takes a template from its pools and forgets it; refused while disks of guests are overlays on it"
    let since: String? = "2.2.0"
    let eventType = "TEMPLATE.DELETE"
    let isAsync = true
    let parameters = TemplateDeletion.parameters(of: .template)
    let response = [ResponseField("success", "boolean", "true")]

    func subject(of call: APICall) async throws -> JobSubject? { try await TemplateDeletion.subject(call, .template) }

    func run(_ call: APICall) async throws -> APIResult { try await TemplateDeletion.run(call) }

    func resume(_ call: APICall) async throws -> APIResult { try await TemplateDeletion.resume(call) }
}
