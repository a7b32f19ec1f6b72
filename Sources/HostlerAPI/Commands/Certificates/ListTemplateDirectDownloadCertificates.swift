struct ListTemplateDirectDownloadCertificates: APICommand {
    let name = "listTemplateDirectDownloadCertificates"
    let summary = "lists the certificates that downloads trust, revoked ones too"
    let since: String? = "4.17.0"
    let parameters =
        [
            APIParameter("id", .uuid, "only the certificate with this id"),
            APIParameter("zoneid", .uuid, "only the certificates of this zone"),
            APIParameter("listhosts", .boolean, "whether each says which hosts have it"),
        ] + Page.parameters
    let response = DirectDownloadCertificate.fields

    func run(_ call: APICall) async throws -> APIResult {
        let parameters = call.parameters
        let found = try await call.context.certificates.list().filter { certificate in
            parameters.text("id").map { $0 == certificate.id } ?? true
                && parameters.text("zoneid").map { $0 == certificate.zoneID } ?? true
        }
        let zones = try await call.context.zones.zones()
        let listsHosts = parameters.bool("listhosts") ?? false
        return try call.list(
            key: DirectDownloadCertificate.key,
            found.sorted { ($0.alias, $0.id) < ($1.alias, $1.id) },
            names: { [$0.alias, $0.subject] }
        ) { DirectDownloadCertificate.object($0, zones, listsHosts: listsHosts) }
    }
}
