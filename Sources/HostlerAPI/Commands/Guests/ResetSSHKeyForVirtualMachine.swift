struct ResetSSHKeyForVirtualMachine: APICommand {
    let name = "resetSSHKeyForVirtualMachine"
    let summary = "gives a guest other SSH keys through its config drive, instead of those that it has"
    let since: String? = "3.0.0"
    let eventType = "VM.RESETSSHKEY"
    let isAsync = true
    let parameters = [
        APIParameter("id", .uuid, "the guest's UUID", isRequired: true),
        APIParameter("keypair", .string, "the name of a key of registerSSHKeyPair"),
        APIParameter("keypairs", .list, "the names of several, with commas between them", length: 65_536),
    ]
    let response = VirtualMachine.fields

    func subject(of call: APICall) async throws -> JobSubject? {
        _ = try await keys(call)
        return try await call.guestSubject()
    }

    func run(_ call: APICall) async throws -> APIResult {
        let id = try call.parameters.required("id")
        try await call.context.guestData.resetSSHKeys(id, keys(call))
        return try await call.guestAnswer()
    }

    /// It comes to the same however often it is done.
    func resume(_ call: APICall) async throws -> APIResult { try await run(call) }

    private func keys(_ call: APICall) async throws -> [String] {
        var names = call.parameters.list("keypairs")
        if let name = call.parameters.text("keypair"), !name.isEmpty, !names.contains(name) {
            names.insert(name, at: 0)
        }
        if names.isEmpty { throw APIError.parameter("\(name) needs keypair or keypairs: names of keys") }
        var keys: [String] = []
        for name in names { keys.append(try await call.context.sshKeyPairs.key(name).publicKey) }
        return keys
    }
}
