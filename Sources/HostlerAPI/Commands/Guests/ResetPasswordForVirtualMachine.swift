struct ResetPasswordForVirtualMachine: APICommand {
    let name = "resetPasswordForVirtualMachine"
    let summary = "gives a guest a new password through its config drive"
    let since: String? = "2.2.0"
    let eventType = "VM.RESETPASSWORD"
    let isAsync = true
    let hasSecretResponse = true
    let parameters = [
        APIParameter("id", .uuid, "the guest's UUID", isRequired: true),
        APIParameter("password", .string, "the new password; one is made up unless given", isSecret: true),
    ]
    let response = VirtualMachine.fields

    func subject(of call: APICall) async throws -> JobSubject? { try await call.guestSubject() }

    func run(_ call: APICall) async throws -> APIResult {
        let id = try call.parameters.required("id")
        let given = call.parameters.text("password").flatMap { $0.isEmpty ? nil : $0 }
        let password = try await call.context.guestData.resetPassword(id, given)
        return try await call.guestAnswer { $0.set("password", password) }
    }
}
