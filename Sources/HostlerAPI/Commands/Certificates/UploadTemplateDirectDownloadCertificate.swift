struct UploadTemplateDirectDownloadCertificate: APICommand {
    let name = "uploadTemplateDirectDownloadCertificate"
    let summary = "checks a certificate and makes the hosts of a zone trust it in their downloads"
    let since: String? = "4.11.0"
    let eventType = "CERTIFICATE.UPLOAD"
    let parameters = [
        APIParameter(
            "certificate",
            .string,
            "the certificate in PEM, or the base64 of it without its first and last line",
            isRequired: true,
            length: 65_535
        ),
        APIParameter("name", .string, "its alias, of no other certificate in the zone", isRequired: true),
        APIParameter("hypervisor", .string, "KVM", isRequired: true),
        APIParameter("zoneid", .uuid, "the zone whose hosts get it", isRequired: true),
        APIParameter(
            "hostid",
            .uuid,
            "only this host, which gets the certificate that its zone has under this alias already"
        ),
    ]
    let response = DirectDownloadCertificate.fields

    func run(_ call: APICall) async throws -> APIResult {
        try DirectDownloadCertificate.check(hypervisor: call.parameters.text("hypervisor"))
        let zone = try await call.zone(call.parameters.required("zoneid"))
        var host: HostInfo?
        if let id = call.parameters.text("hostid") {
            let found = try await call.host(id)
            if found.zoneID != zone.id { throw APIError.parameter("host \(found.name) is not in zone \(zone.name)") }
            host = found
        }
        let certificate = try await call.context.certificates.upload(
            call.parameters.required("certificate"),
            alias: call.parameters.required("name"),
            zoneID: zone.id,
            hostID: host?.id
        )
        return .object(
            key: DirectDownloadCertificate.key,
            DirectDownloadCertificate.object(certificate, [zone])
        )
    }
}
