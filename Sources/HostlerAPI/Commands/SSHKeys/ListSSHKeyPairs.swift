struct ListSSHKeyPairs: APICommand {
    let name = "listSSHKeyPairs"
    let summary = "lists the SSH keys"
    let since: String? = "3.0.0"
    let parameters =
        [
            APIParameter("id", .uuid, "only the key with this id"),
            APIParameter("name", .string, "only the key of this name"),
            APIParameter("fingerprint", .string, "only the key with this fingerprint"),
        ] + Page.parameters
    let response = SSHKeyPair.fields

    func run(_ call: APICall) async throws -> APIResult {
        func isWanted(_ parameter: String, _ value: String) -> Bool {
            call.parameters.text(parameter).map { $0.isEmpty || $0 == value } ?? true
        }
        let found = try await call.context.sshKeyPairs.list().filter { key in
            isWanted("id", key.id) && isWanted("name", key.name) && isWanted("fingerprint", key.fingerprint)
        }
        return try call.list(key: "sshkeypair", found, names: { [$0.name] }, SSHKeyPair.object)
    }
}
