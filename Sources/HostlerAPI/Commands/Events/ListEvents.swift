struct ListEvents: APICommand {
    let name = "listEvents"
    let summary = "lists what happened, the newest first; with after, what happened since, the oldest first"
    let since: String? = "2.2.0"
    /// Seconds; transports close connections that are silent for longer.
    private static let longestWait = 60

    let parameters =
        [
            APIParameter("id", .string, "only the event with this id"),
            APIParameter("type", .string, "only events of this type"),
            APIParameter("level", .string, "only events of this level: INFO, WARN, ERROR"),
            APIParameter("resourceid", .string, "only events of the guest with this UUID, or of another such resource"),
            APIParameter("resourcetype", .string, "only events of such resources: VirtualMachine, ..."),
            APIParameter("startdate", .date, "only events from this date on"),
            APIParameter("enddate", .date, "only events up to this date, the whole day of it where no time is given"),
            APIParameter("after", .integer, "only events with a greater sequence than this, the oldest first"),
            APIParameter(
                "wait",
                .integer,
                "with after: how many seconds, up to \(longestWait), to wait for an event where there is none yet"
            ),
        ] + Page.parameters
    let response = [
        ResponseField("id", "string", "the event's id"),
        ResponseField("sequence", "integer", "its place in the order of all events; what to give as after"),
        ResponseField("type", "string", "what happened: VM.START, ..."),
        ResponseField("level", "string", "INFO, WARN or ERROR"),
        ResponseField("description", "string", "what happened, in words"),
        ResponseField("state", "string", "Completed"),
        ResponseField("created", "date", "when it happened"),
        ResponseField("source", "string", "who says so: libvirt, hook, api or hostlerd"),
        ResponseField("username", "string", "who had asked for it"),
        ResponseField("resourceid", "string", "the UUID of the guest, or the id of another resource"),
        ResponseField("resourcename", "string", "its name"),
        ResponseField("resourcetype", "string", "what it is: VirtualMachine, ..."),
        ResponseField("account", "string", "admin"),
        ResponseField("domainid", "string", "the id of that account's domain"),
        ResponseField("domain", "string", "ROOT"),
    ]

    func run(_ call: APICall) async throws -> APIResult {
        let page = try Page(call.parameters, largest: call.context.settings.defaultPageSize)
        let filter = try filter(call.parameters, page)
        var found = try await call.context.events.list(filter, offset: page.offset, limit: page.limit)
        if let after = filter.after, found.total == 0, let wait = call.parameters.int("wait"), wait > 0 {
            // An event that the filter leaves out ends the wait too; whoever follows asks again.
            try await call.context.events.waitForEvent(after: after, for: .seconds(wait))
            found = try await call.context.events.list(filter, offset: page.offset, limit: page.limit)
        }
        return .list(key: "event", items: found.events.map(object), total: found.total)
    }

    private func filter(_ parameters: APIParameters, _ page: Page) throws(APIError) -> EventFilter {
        func text(_ name: String) -> String? { parameters.text(name).flatMap { $0.isEmpty ? nil : $0 } }
        var filter = EventFilter()
        filter.id = text("id")
        filter.type = text("type")
        filter.level = text("level")
        filter.resourceID = text("resourceid")
        filter.resourceType = text("resourcetype")
        filter.from = parameters.date("startdate")
        filter.to = parameters.date("enddate", endsDay: true)
        filter.keyword = page.keyword
        filter.after = parameters.int("after")
        if let from = filter.from, let to = filter.to, from > to {
            throw .parameter("startdate \(APIDate.text(from)) is later than enddate \(APIDate.text(to))")
        }
        if let after = filter.after, after < 0 {
            throw .parameter("after '\(after)' is not a sequence; they begin with 1")
        }
        if let wait = parameters.int("wait") {
            if filter.after == nil { throw .parameter("wait is given without after; give the sequence to wait behind") }
            if !(0...Self.longestWait).contains(wait) {
                throw .parameter("wait '\(wait)' is not a number of seconds from 0 to \(Self.longestWait)")
            }
        }
        return filter
    }

    private func object(_ event: EventInfo) -> APIObject {
        var object = APIObject()
        object.set("id", event.id)
        object.set("sequence", event.sequence)
        object.set("type", event.type)
        object.set("level", event.level)
        object.set("description", event.description)
        object.set("state", "Completed")
        object.set("created", date: event.created)
        object.set("source", event.source)
        object.set("username", event.username)
        object.set("resourceid", event.resourceID)
        object.set("resourcename", event.resourceName)
        object.set("resourcetype", event.resourceType)
        object.set("account", Caller.account)
        object.set("domainid", Caller.domainID)
        object.set("domain", Caller.domain)
        return object
    }
}
