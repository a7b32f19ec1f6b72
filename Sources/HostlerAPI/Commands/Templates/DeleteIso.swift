struct DeleteIso: APICommand {
    let name = "deleteIso"
    let summary = "takes an ISO from its pools and forgets it; guests keep theirs until they are stopped"
    let since: String? = "2.2.0"
    let eventType = "ISO.DELETE"
    let isAsync = true
    let parameters = TemplateDeletion.parameters(of: .iso)
    let response = [ResponseField("success", "boolean", "true")]

    func subject(of call: APICall) async throws -> JobSubject? { try await TemplateDeletion.subject(call, .iso) }

    func run(_ call: APICall) async throws -> APIResult { try await TemplateDeletion.run(call) }

    func resume(_ call: APICall) async throws -> APIResult { try await TemplateDeletion.resume(call) }
}
