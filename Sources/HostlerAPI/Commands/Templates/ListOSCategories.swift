struct ListOSCategories: APICommand {
    let name = "listOsCategories"
    let summary = "lists the families of operating systems"
    let since: String? = "2.2.0"
    let parameters =
        [
            APIParameter("id", .uuid, "only the category with this id"),
            APIParameter("name", .string, "only the category of this name"),
        ] + Page.parameters
    let response = [
        ResponseField("id", "string", "the category's id"),
        ResponseField("name", "string", "its name"),
    ]

    func run(_ call: APICall) async throws -> APIResult {
        func isWanted(_ parameter: String, _ value: String) -> Bool {
            call.parameters.text(parameter).map { $0.isEmpty || $0.lowercased() == value.lowercased() } ?? true
        }
        let found = OSType.Category.all.filter { isWanted("id", $0.id) && isWanted("name", $0.name) }
        return try call.list(key: "oscategory", found, names: { [$0.name] }) { category in
            var object = APIObject()
            object.set("id", category.id)
            object.set("name", category.name)
            return object
        }
    }
}
