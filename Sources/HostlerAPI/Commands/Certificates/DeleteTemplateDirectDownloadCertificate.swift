struct DeleteTemplateDirectDownloadCertificate: APICommand {
    let name = "deleteTemplateDirectDownloadCertificate"
    let summary = "takes a certificate from its hosts and forgets it"
    let since: String? = nil
    let eventType = "CERTIFICATE.DELETE"
    let parameters = [APIParameter("id", .uuid, "the certificate's id", isRequired: true)]
    let response = [ResponseField("success", "boolean", "true")]

    func run(_ call: APICall) async throws -> APIResult {
        let certificate = try await call.certificate(call.parameters.required("id"))
        try await call.context.certificates.delete(certificate.id)
        return .success(displayText: "the certificate \(certificate.alias) is deleted")
    }
}
