struct RebootVirtualMachine: APICommand {
    let name = "rebootVirtualMachine"
    let summary = "reboots a guest"
    let since: String? = "2.2.0"
    let eventType = "VM.REBOOT"
    let isAsync = true
    let parameters = [
        APIParameter("id", .uuid, "the guest's UUID", isRequired: true),
        APIParameter("forced", .boolean, "true resets it at once; else the guest is asked to reboot"),
    ]
    let response = VirtualMachine.fields

    func subject(of call: APICall) async throws -> JobSubject? { try await call.guestSubject() }

    func run(_ call: APICall) async throws -> APIResult {
        let id = try call.parameters.required("id")
        let forced = call.parameters.bool("forced") ?? false
        try await call.context.lifecycle.reboot(id, forced: forced, progress: call.progress)
        return try await call.guestAnswer()
    }
}
