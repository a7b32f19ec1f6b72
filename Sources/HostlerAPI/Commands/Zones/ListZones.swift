struct ListZones: APICommand {
    let name = "listZones"
    let summary = "lists zones"
    let since: String? = "2.2.0"
    let parameters =
        [
            APIParameter("id", .uuid, "only the zone with this id"),
            APIParameter("name", .string, "only the zone of this name"),
            APIParameter("available", .boolean, "taken and of no effect: every zone is available"),
            APIParameter("showcapacities", .boolean, "taken and of no effect: there are no capacities"),
        ] + Page.parameters
    let response = [
        ResponseField("id", "string", "the zone's id"),
        ResponseField("name", "string", "its name"),
        ResponseField("description", "string", "what it is"),
        ResponseField("networktype", "string", "Advanced: libvirt's networks are the host's own"),
        ResponseField("securitygroupsenabled", "boolean", "false"),
        ResponseField("localstorageenabled", "boolean", "true"),
        ResponseField("allocationstate", "string", "Enabled"),
        ResponseField("type", "string", "Core"),
    ]

    func run(_ call: APICall) async throws -> APIResult {
        let (id, name) = (call.parameters.text("id"), call.parameters.text("name"))
        let zones = try await call.context.zones.zones().filter { zone in
            (id == nil || zone.id == id) && (name == nil || zone.name == name)
        }
        return try call.list(key: "zone", zones, names: { [$0.name] }) { zone in
            var object = APIObject()
            object.set("id", zone.id)
            object.set("name", zone.name)
            object.set("description", zone.description)
            object.set("networktype", "Advanced")
            object.set("securitygroupsenabled", false)
            object.set("localstorageenabled", true)
            object.set("allocationstate", "Enabled")
            object.set("type", "Core")
            return object
        }
    }
}
