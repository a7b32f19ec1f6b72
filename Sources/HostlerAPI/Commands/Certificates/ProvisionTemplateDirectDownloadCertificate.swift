struct ProvisionTemplateDirectDownloadCertificate: APICommand {
    let name = "provisionTemplateDirectDownloadCertificate"
    let summary = "gives a certificate to one host, also where it was revoked there"
    let since: String? = "4.17.0"
    let eventType = "CERTIFICATE.PROVISION"
    let parameters = [
        APIParameter("id", .uuid, "the certificate's id", isRequired: true),
        APIParameter("hostid", .uuid, "the host", isRequired: true),
    ]
    let response = DirectDownloadCertificate.hostFields

    func run(_ call: APICall) async throws -> APIResult {
        let certificate = try await call.certificate(call.parameters.required("id"))
        let host = try await call.host(call.parameters.required("hostid"))
        let status = try await call.context.certificateHosts.provision(certificate.id, hostID: host.id)
        return .object(key: DirectDownloadCertificate.hostKey, DirectDownloadCertificate.host(status))
    }
}
