struct ListOSTypes: APICommand {
    let name = "listOsTypes"
    let summary = "lists the operating systems that a template can be registered with"
    let since: String? = "2.2.0"
    let parameters =
        [
            APIParameter("id", .uuid, "only the type with this id"),
            APIParameter("description", .string, "only the type of this name"),
            APIParameter("oscategoryid", .uuid, "only the types of this category"),
        ] + Page.parameters
    let response = [
        ResponseField("id", "string", "the type's id, which registerTemplate and registerIso take as ostypeid"),
        ResponseField("name", "string", "its name"),
        ResponseField("description", "string", "its name"),
        ResponseField("oscategoryid", "string", "the category that it is of"),
        ResponseField("oscategoryname", "string", "that category's name"),
        ResponseField("isuserdefined", "boolean", "false"),
    ]

    func run(_ call: APICall) async throws -> APIResult {
        func isWanted(_ parameter: String, _ value: String) -> Bool {
            call.parameters.text(parameter).map { $0.isEmpty || $0.lowercased() == value.lowercased() } ?? true
        }
        let found = OSType.all.filter { type in
            isWanted("id", type.id) && isWanted("description", type.name) && isWanted("oscategoryid", type.category.id)
        }
        return try call.list(key: "ostype", found, names: { [$0.name] }) { type in
            var object = APIObject()
            object.set("id", type.id)
            object.set("name", type.name)
            object.set("description", type.name)
            object.set("oscategoryid", type.category.id)
            object.set("oscategoryname", type.category.name)
            object.set("isuserdefined", false)
            return object
        }
    }
}
