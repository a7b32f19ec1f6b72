/// Lists of what CloudStack has and Hostler has not, which its clients ask for along the way: apache-libcloud's
/// `list_nodes` fails without the first three.
struct EmptyList: APICommand {
    let name: String
    let summary: String
    let since: String? = "2.2.0"
    let parameters = Page.parameters
    let response: [ResponseField] = []

    private init(_ name: String, _ what: String) {
        self.name = name
        summary = "lists \(what), of which there are none"
    }

    static let all: [any APICommand] = [
        EmptyList("listPublicIpAddresses", "public addresses"),
        EmptyList("listPortForwardingRules", "rules for forwarding ports"),
        EmptyList("listIpForwardingRules", "rules for forwarding addresses"),
        EmptyList("listNetworks", "networks"),
        EmptyList("listServiceOfferings", "service offerings"),
        EmptyList("listDiskOfferings", "disk offerings"),
    ]

    func run(_ call: APICall) async throws -> APIResult {
        _ = try Page(call.parameters, largest: call.context.settings.defaultPageSize)
        return .list(key: "none", items: [], total: 0)
    }
}
