struct StopVirtualMachine: APICommand {
    let name = "stopVirtualMachine"
    let summary = "shuts a guest down"
    let since: String? = "2.2.0"
    let eventType = "VM.STOP"
    let isAsync = true
    let parameters = [
        APIParameter("id", .uuid, "the guest's UUID", isRequired: true),
        APIParameter("forced", .boolean, "true pulls the plug; else the guest is asked to shut down, and waited for"),
    ]
    let response = VirtualMachine.fields

    func subject(of call: APICall) async throws -> JobSubject? { try await call.guestSubject() }

    func run(_ call: APICall) async throws -> APIResult {
        let id = try call.parameters.required("id")
        let forced = call.parameters.bool("forced") ?? false
        try await call.context.lifecycle.stop(id, forced: forced, progress: call.progress)
        return try await call.guestAnswer()
    }

    func resume(_ call: APICall) async throws -> APIResult {
        let guest = try await call.guest(call.parameters.required("id"))
        if ["defined", "stopped"].contains(guest.state) { return try await call.guestAnswer() }
        return try await run(call)
    }
}
