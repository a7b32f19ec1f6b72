struct UpdateVirtualMachine: APICommand {
    let name = "updateVirtualMachine"
    let summary = "changes the user data on a guest's config drive"
    let since: String? = "2.2.0"
    let eventType = "VM.UPDATE"
    /// 1 MiB of user data in base64.
    private static let maximumLength = 1_398_104

    let parameters = [
        APIParameter("id", .uuid, "the guest's UUID", isRequired: true),
        APIParameter(
            "userdata",
            .string,
            "the user data in base64, up to 1 MiB of it; what is longer than a URL can be is sent by POST",
            isRequired: true,
            length: maximumLength,
            isSecret: true
        ),
    ]
    let response = VirtualMachine.fields

    func run(_ call: APICall) async throws -> APIResult {
        let guest = try await call.guest(call.parameters.required("id"))
        guard let data = Base64.decode(try call.parameters.required("userdata")) else {
            throw APIError.parameter("userdata is not in base64")
        }
        try await call.context.guestData.updateUserData(guest.uuid, data)
        return try await call.guestAnswer()
    }
}
