/// What deleteTemplate and deleteIso have in common.
enum TemplateDeletion {
    static func parameters(of kind: TemplateInfo.Kind) -> [APIParameter] {
        [
            APIParameter("id", .uuid, "the \(kind.noun)'s id", isRequired: true),
            APIParameter("zoneid", .uuid, "the zone that it is in, which has to be its only one"),
            APIParameter(
                "forced",
                .boolean,
                "true deletes it also where guests use it, which keep what they have of it"
            ),
        ]
    }

    static func subject(_ call: APICall, _ kind: TemplateInfo.Kind) async throws -> JobSubject {
        let info = try await find(call, kind)
        if let id = call.parameters.text("zoneid") {
            let zone = try await call.zone(id)
            let own = Template.inZones(info, try await call.context.zones.zones()).compactMap(\.zone?.id)
            if !own.contains(zone.id) {
                throw APIError.parameter("\(kind.noun) \(info.name) is not in zone \(zone.name)")
            }
            if own.count > 1 {
                throw APIError.parameter(
                    "\(kind.noun) \(info.name) is in other zones than \(zone.name) too; leave zoneid out to delete it"
                )
            }
        }
        return JobSubject(type: kind.command, id: info.id)
    }

    static func run(_ call: APICall) async throws -> APIResult {
        let id = try call.parameters.required("id")
        try await call.context.templates.delete(id, force: call.parameters.bool("forced") ?? false)
        return .success()
    }

    /// What is deleted twice is deleted.
    static func resume(_ call: APICall) async throws -> APIResult {
        let id = try call.parameters.required("id")
        let isThere = try await call.context.templates.list().contains { $0.id == id }
        return isThere ? try await run(call) : .success()
    }

    private static func find(_ call: APICall, _ kind: TemplateInfo.Kind) async throws -> TemplateInfo {
        let id = try call.parameters.required("id")
        guard let info = try await call.context.templates.list().first(where: { $0.id == id }) else {
            throw APIError.parameter("there is no \(kind.noun) '\(id)'; list\(kind.command)s lists those there are")
        }
        if info.kind == kind { return info }
        throw APIError.parameter("'\(info.name)' is \(info.kind.phrase); delete\(info.kind.command) deletes it")
    }
}
