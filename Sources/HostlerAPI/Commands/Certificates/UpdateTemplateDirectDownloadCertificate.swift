struct UpdateTemplateDirectDownloadCertificate: APICommand {
    let name = "updateTemplateDirectDownloadCertificate"
    let summary = "puts another certificate in the place of one, under its alias, on all hosts that have it"
    let since: String? = nil
    let eventType = "CERTIFICATE.UPDATE"
    let parameters = [
        APIParameter("id", .uuid, "the certificate's id", isRequired: true),
        APIParameter(
            "certificate",
            .string,
            "the new certificate in PEM, or the base64 of it without its first and last line",
            isRequired: true,
            length: 65_535
        ),
    ]
    let response = DirectDownloadCertificate.fields

    func run(_ call: APICall) async throws -> APIResult {
        let old = try await call.certificate(call.parameters.required("id"))
        let new = try await call.context.certificates.replace(old.id, call.parameters.required("certificate"))
        let zones = try await call.context.zones.zones()
        return .object(key: DirectDownloadCertificate.key, DirectDownloadCertificate.object(new, zones))
    }
}
