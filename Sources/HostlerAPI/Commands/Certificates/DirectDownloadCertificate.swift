/// A certificate as the API shows it.
enum DirectDownloadCertificate {
    static let key = "directdownloadcertificate"
    static let hostKey = "directdownloadcertificatehoststatus"

    static let hostFields = [
        ResponseField("hostid", "string", "the host's id"),
        ResponseField("hostname", "string", "its name"),
        ResponseField("status", "string", "UPLOADED, FAILED, REVOKED, SKIPPED; PENDING before the first attempt"),
        ResponseField("details", "string", "why it failed or was skipped"),
        ResponseField("attempts", "integer", "how often it was tried"),
        ResponseField("lastattempt", "date", "when it was tried last"),
    ]

    static let fields = [
        ResponseField("id", "string", "the certificate's id"),
        ResponseField("alias", "string", "its alias"),
        ResponseField("zoneid", "string", "the zone whose hosts have it"),
        ResponseField("zonename", "string", "that zone's name"),
        ResponseField("version", "string", "X.509's version"),
        ResponseField("subject", "string", "whose it is"),
        ResponseField("issuer", "string", "who signed it"),
        ResponseField("validity", "string", "From: [date] - To: [date]"),
        ResponseField("validfrom", "date", "from when it is valid"),
        ResponseField("validto", "date", "until when it is valid"),
        ResponseField("serialnum", "string", "its serial number"),
        ResponseField("fingerprint", "string", "its SHA-256"),
        ResponseField("revoked", "boolean", "whether it was revoked"),
        ResponseField("hypervisor", "string", "KVM"),
        ResponseField("hostsmap", "list", "whether its hosts have it", members: hostFields),
    ]

    static func object(_ certificate: CertificateInfo, _ zones: [ZoneInfo], listsHosts: Bool = true) -> APIObject {
        var object = APIObject()
        object.set("id", certificate.id)
        object.set("alias", certificate.alias)
        object.set("zoneid", certificate.zoneID)
        object.set("zonename", zones.first { $0.id == certificate.zoneID }?.name)
        object.set("version", String(certificate.version))
        object.set("subject", certificate.subject)
        object.set("issuer", certificate.issuer)
        let (from, to) = (APIDate.text(certificate.notBefore), APIDate.text(certificate.notAfter))
        object.set("validity", "From: [\(from)] - To: [\(to)]")
        object.set("validfrom", date: certificate.notBefore)
        object.set("validto", date: certificate.notAfter)
        object.set("serialnum", certificate.serialNumber)
        object.set("fingerprint", certificate.fingerprint)
        object.set("revoked", certificate.isRevoked)
        object.set("hypervisor", "KVM")
        if listsHosts { object.set("hostsmap", certificate.hosts.map(host)) }
        return object
    }

    static func host(_ host: HostCertificateInfo) -> APIObject {
        var object = APIObject()
        object.set("hostid", host.hostID)
        object.set("hostname", host.hostName)
        object.set("status", host.status)
        object.set("details", host.details)
        object.set("attempts", host.attempts)
        object.set("lastattempt", date: host.lastAttempt)
        return object
    }

    /// CloudStack's certificates are for the hosts of one hypervisor, and KVM's are the only ones that download.
    static func check(hypervisor: String?) throws(APIError) {
        guard let hypervisor, !hypervisor.isEmpty, hypervisor.lowercased() != "kvm" else { return }
        throw .parameter(
            "hypervisor '\(APIError.shown(hypervisor))' has no certificates; 'KVM' is the only one that has"
        )
    }
}

extension APICall {
    /// The certificate with this id.
    func certificate(_ id: String) async throws -> CertificateInfo {
        if let found = try await context.certificates.list().first(where: { $0.id == id }) { return found }
        throw APIError.parameter(
            "there is no certificate '\(id)'; listTemplateDirectDownloadCertificates lists those there are"
        )
    }
}
