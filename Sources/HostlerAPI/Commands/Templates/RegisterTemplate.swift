internal import Operations

struct RegisterTemplate: APICommand {
    let name = "registerTemplate"
    let summary = "makes a template of the image at a URL, which is downloaded straight into a pool"
    let since: String? = "2.2.0"
    let eventType = "TEMPLATE.CREATE"
    let parameters =
        TemplateRequest.parameters + [
            APIParameter("format", .string, "QCOW2, RAW, VMDK or VHDX", isRequired: true),
            APIParameter("hypervisor", .string, "KVM", isRequired: true),
            APIParameter("zoneid", .string, "the id of the zone that it is for, or -1 for all"),
            APIParameter("zoneids", .list, "the ids of the zones that it is for, instead of zoneid", length: 65_536),
            APIParameter("requireshvm", .boolean, "kept and shown; true unless given"),
        ]
    let response = Template.fields.filter { $0.name != "bootable" }

    func run(_ call: APICall) async throws -> APIResult {
        let hypervisor = try call.parameters.required("hypervisor")
        if hypervisor.lowercased() != "kvm" {
            throw APIError.parameter(
                "hypervisor '\(APIError.shown(hypervisor))' has no templates here; 'KVM' is the only one that has"
            )
        }
        let format = try call.parameters.required("format").trimmed.uppercased()
        if format == "ISO" { throw APIError.parameter("format 'ISO' is that of an ISO; call registerIso for it") }
        var request = try await TemplateRequest(call, .template)
        request.registration.format = format
        request.registration.traits.requiresHVM = call.parameters.bool("requireshvm") ?? true
        return try await request.register(call)
    }
}
