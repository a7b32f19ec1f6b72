struct ListIsos: APICommand {
    let name = "listIsos"
    let summary = "lists the ISOs, with how far each is in its pools"
    let since: String? = "2.2.0"
    let parameters =
        [APIParameter("isofilter", .string, TemplateList.filterText + "; selfexecutable where it is not given")]
        + TemplateList.parameters(of: .iso)
        + [
            APIParameter("bootable", .boolean, "only those that are bootable, or are not"),
            APIParameter("ispublic", .boolean, "only those that are public, or are not"),
        ] + Page.parameters
    let response = Template.fields.filter { $0.name != "requireshvm" }

    func run(_ call: APICall) async throws -> APIResult {
        let given = call.parameters.text("isofilter").flatMap { $0.isEmpty ? nil : $0 }
        let filter = try TemplateFilter(given ?? "selfexecutable", parameter: "isofilter")
        return try await TemplateList.run(call, .iso, filter)
    }
}
