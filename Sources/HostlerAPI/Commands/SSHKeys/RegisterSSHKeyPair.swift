struct RegisterSSHKeyPair: APICommand {
    let name = "registerSSHKeyPair"
    let summary = "keeps a public SSH key under a name"
    let since: String? = "3.0.0"
    let eventType = "REGISTER.SSH.KEYPAIR"
    let parameters = [
        APIParameter("name", .string, "the name, of no other key", isRequired: true),
        APIParameter(
            "publickey",
            .string,
            "the key, a line of an authorized_keys file",
            isRequired: true,
            length: 16_384
        ),
    ]
    let response = SSHKeyPair.fields

    func run(_ call: APICall) async throws -> APIResult {
        let record = try await call.context.sshKeyPairs.register(
            name: call.parameters.required("name"),
            publicKey: call.parameters.required("publickey")
        )
        return .object(key: "keypair", SSHKeyPair.object(record))
    }
}
