struct DeleteSSHKeyPair: APICommand {
    let name = "deleteSSHKeyPair"
    let summary = "forgets an SSH key; guests that have it keep it"
    let since: String? = "3.0.0"
    let eventType = "DELETE.SSH.KEYPAIR"
    let parameters = [APIParameter("name", .string, "the key's name", isRequired: true)]
    let response = [ResponseField("success", "boolean", "true")]

    func run(_ call: APICall) async throws -> APIResult {
        try await call.context.sshKeyPairs.delete(call.parameters.required("name"))
        return .success()
    }
}
