struct RevokeTemplateDirectDownloadCertificate: APICommand {
    let name = "revokeTemplateDirectDownloadCertificate"
    let summary = "takes a certificate from a host, or from all hosts of its zone"
    let since: String? = "4.13.0"
    let eventType = "CERTIFICATE.REVOKE"
    let parameters = [
        APIParameter("id", .uuid, "the certificate's id"),
        APIParameter("name", .string, "its alias, instead of its id"),
        APIParameter("hypervisor", .string, "KVM, with name"),
        APIParameter("zoneid", .uuid, "the zone that it is in", isRequired: true),
        APIParameter("hostid", .uuid, "only from this host"),
    ]
    let response = DirectDownloadCertificate.hostFields

    func run(_ call: APICall) async throws -> APIResult {
        let parameters = call.parameters
        try DirectDownloadCertificate.check(hypervisor: parameters.text("hypervisor"))
        let zone = try await call.zone(parameters.required("zoneid"))
        let certificate: CertificateInfo
        if let id = parameters.text("id") {
            certificate = try await call.certificate(id)
        } else if let alias = parameters.text("name"), !alias.isEmpty {
            certificate = try await find(alias, zone, call)
        } else {
            throw APIError.parameter("\(name) needs id, or name: which certificate")
        }
        if certificate.zoneID != zone.id {
            throw APIError.parameter("the certificate \(certificate.alias) is not in zone \(zone.name)")
        }
        var host: HostInfo?
        if let id = parameters.text("hostid") { host = try await call.host(id) }
        let hosts = try await call.context.certificateHosts.revoke(certificate.id, hostID: host?.id)
        return .list(key: DirectDownloadCertificate.hostKey, hosts.map(DirectDownloadCertificate.host))
    }

    private func find(_ alias: String, _ zone: ZoneInfo, _ call: APICall) async throws -> CertificateInfo {
        let all = try await call.context.certificates.list().filter { $0.zoneID == zone.id }
        // An alias is free again after its certificate was revoked.
        let named = all.filter { $0.alias.lowercased() == alias.lowercased() }
        if let found = named.first(where: { !$0.isRevoked }) ?? named.first { return found }
        throw APIError.parameter("there is no certificate '\(APIError.shown(alias))' in zone \(zone.name)")
    }
}
