struct ListTemplates: APICommand {
    let name = "listTemplates"
    let summary = "lists the templates, with how far each is in its pools"
    let since: String? = "2.2.0"
    let parameters =
        [APIParameter("templatefilter", .string, TemplateList.filterText, isRequired: true)]
        + TemplateList.parameters(of: .template) + Page.parameters
    let response = Template.fields.filter { $0.name != "bootable" }

    func run(_ call: APICall) async throws -> APIResult {
        let filter = try TemplateFilter(call.parameters.required("templatefilter"), parameter: "templatefilter")
        return try await TemplateList.run(call, .template, filter)
    }
}
