/// What the other side may expect.
struct ListCapabilities: APICommand {
    let name = "listCapabilities"
    let summary = "says what this API can do"
    let since: String? = "2.2.0"
    let parameters: [APIParameter] = []
    let response = [
        ResponseField("cloudstackversion", "string", "the release of CloudStack whose clients this API suits"),
        ResponseField("hostlerversion", "string", "the release of Hostler"),
        ResponseField("securitygroupsenabled", "boolean", "false: libvirt's network filters are not Hostler's"),
        ResponseField("dynamicrolesenabled", "boolean", "false: every caller may do everything"),
        ResponseField("supportELB", "string", "false"),
        ResponseField("projectinviterequired", "boolean", "false: there are no projects"),
        ResponseField("allowusercreateprojects", "boolean", "false"),
        ResponseField("userpublictemplateenabled", "boolean", "false"),
        ResponseField("kvmsnapshotenabled", "boolean", "false"),
        ResponseField("regionsecondaryenabled", "boolean", "false"),
        ResponseField("defaultpagesize", "integer", "how many elements a page has at most, -1 for no bound"),
        ResponseField("configdriveenabled", "boolean", "whether guests can have a config drive"),
        ResponseField("httpsisobootenabled", "boolean", "whether guests can boot from an HTTPS ISO"),
    ]

    func run(_ call: APICall) async throws -> APIResult {
        var object = APIObject()
        object.set("cloudstackversion", call.context.settings.cloudStackVersion)
        object.set("hostlerversion", call.context.settings.version)
        object.set("securitygroupsenabled", false)
        object.set("dynamicrolesenabled", false)
        object.set("supportELB", "false")
        object.set("projectinviterequired", false)
        object.set("allowusercreateprojects", false)
        object.set("userpublictemplateenabled", false)
        object.set("kvmsnapshotenabled", false)
        object.set("regionsecondaryenabled", false)
        object.set("defaultpagesize", call.context.settings.defaultPageSize)
        object.set("configdriveenabled", true)
        object.set("httpsisobootenabled", true)
        return .object(key: "capability", object)
    }
}
