internal import Operations

/// What listTemplates and listIsos have in common.
enum TemplateList {
    static let filterText = "which: " + TemplateFilter.known

    static func parameters(of kind: TemplateInfo.Kind) -> [APIParameter] {
        [
            APIParameter("id", .uuid, "only the one with this id, whatever the filter"),
            APIParameter("ids", .list, "only those with these ids, whatever the filter", length: 65_536),
            APIParameter("name", .string, "only the one of this name"),
            APIParameter("zoneid", .uuid, "only those of this zone"),
            APIParameter("hypervisor", .string, "only those for this hypervisor, which all are KVM"),
            APIParameter("isready", .boolean, "only those that are ready, or are not"),
            APIParameter(
                "showremoved",
                .boolean,
                "taken and of no effect: nothing is kept of \(kind.noun)s that are deleted"
            ),
        ]
    }

    static func run(_ call: APICall, _ kind: TemplateInfo.Kind, _ filter: TemplateFilter) async throws -> APIResult {
        let zones = try await call.context.zones.zones()
        let found = try await call.context.templates.list()
            .filter { $0.kind == kind && isWanted($0, filter, call.parameters) }
            .sorted { ($0.name, $0.id) < ($1.name, $1.id) }
            .flatMap { Template.inZones($0, zones) }
            .filter { template in call.parameters.text("zoneid").map { $0 == template.zone?.id } ?? true }
        return try call.list(key: kind.key, found, names: { [$0.info.name, $0.info.displayText] }, \.object)
    }

    private static func isWanted(
        _ template: TemplateInfo,
        _ filter: TemplateFilter,
        _ parameters: APIParameters
    ) -> Bool {
        func isWanted(_ parameter: String, _ value: String) -> Bool {
            guard let wanted = parameters.text(parameter)?.lowercased(), !wanted.isEmpty else { return true }
            return value.lowercased() == wanted
        }
        func isWanted(_ parameter: String, _ value: Bool) -> Bool {
            parameters.bool(parameter).map { $0 == value } ?? true
        }
        let ids = parameters.list("ids").map { $0.lowercased() }
        let isNamed = parameters.text("id") != nil || !ids.isEmpty
        return (isNamed || filter.takes(template)) && isWanted("id", template.id)
            && (ids.isEmpty || ids.contains(template.id)) && isWanted("name", template.name)
            && isWanted("hypervisor", "KVM") && isWanted("isready", template.isReady)
            && isWanted("bootable", template.traits.isBootable) && isWanted("ispublic", template.traits.isPublic)
    }
}
