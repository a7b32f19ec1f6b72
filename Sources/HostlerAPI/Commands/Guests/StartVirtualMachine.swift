struct StartVirtualMachine: APICommand {
    let name = "startVirtualMachine"
    let summary = "starts a guest, with other properties for this once where they are given"
    let since: String? = "2.2.0"
    let eventType = "VM.START"
    let isAsync = true
    let parameters = [
        APIParameter("id", .uuid, "the guest's UUID", isRequired: true),
        APIParameter(
            "details",
            .map,
            "Hostler's properties for this start alone: details[0].httpsisoboot=https://...",
            length: 4096
        ),
        APIParameter("bootorder", .string, "the property bootorder for this start alone", length: 4096),
        APIParameter("hostid", .uuid, "the host to start it on, which can only be the one that it is on"),
    ]
    let response = VirtualMachine.fields

    func subject(of call: APICall) async throws -> JobSubject? {
        let subject = try await call.guestSubject()
        _ = try once(call)
        if let host = call.parameters.text("hostid") {
            let guest = try await call.guest(subject.id)
            if host != guest.hostID {
                throw APIError.parameter(
                    "guest \(guest.name) is on host \(guest.hostID), not '\(host)'; leave hostid out"
                )
            }
        }
        return subject
    }

    func run(_ call: APICall) async throws -> APIResult {
        let id = try call.parameters.required("id")
        try await call.context.lifecycle.start(id, once: once(call), progress: call.progress)
        return try await call.guestAnswer()
    }

    /// A start that nobody waits for any longer is not made up for: the guest may have been stopped on purpose since.
    func resume(_ call: APICall) async throws -> APIResult {
        let guest = try await call.guest(call.parameters.required("id"))
        if ["running", "paused"].contains(guest.state) { return try await call.guestAnswer() }
        throw APIError(
            .internalError,
            "hostlerd was stopped before guest \(guest.name) was started; it is \(guest.state), so start it again"
        )
    }

    private func once(_ call: APICall) throws(APIError) -> [String: String] {
        var once: [String: String] = [:]
        for entry in call.parameters.map("details") { once[entry.key] = entry.value }
        if let order = call.parameters.text("bootorder") {
            if let other = once["bootorder"], other != order {
                throw .parameter("bootorder is given twice, with different values; give it once")
            }
            once["bootorder"] = order
        }
        return once
    }
}
