/// Whether a host has a certificate.
package struct HostCertificateInfo: Equatable, Sendable {
    package var hostID: String
    package var hostName: String?
    /// CloudStack's word: `UPLOADED`, `FAILED`, `REVOKED`, `SKIPPED`; `PENDING` before the first attempt.
    package var status: String
    /// Why it failed or was skipped.
    package var details: String?
    package var attempts: Int?
    /// Milliseconds since 1970 UTC.
    package var lastAttempt: Int?

    package init(
        hostID: String,
        hostName: String? = nil,
        status: String,
        details: String? = nil,
        attempts: Int? = nil,
        lastAttempt: Int? = nil
    ) {
        self.hostID = hostID
        self.hostName = hostName
        self.status = status
        self.details = details
        self.attempts = attempts
        self.lastAttempt = lastAttempt
    }
}

/// A certificate that downloads trust.
package struct CertificateInfo: Equatable, Sendable {
    package var id: String
    package var alias: String
    package var zoneID: String
    /// X.509's: 3.
    package var version: Int
    package var subject: String
    package var issuer: String
    package var serialNumber: String
    /// Milliseconds since 1970 UTC.
    package var notBefore: Int
    package var notAfter: Int
    /// SHA-256, in hexadecimal.
    package var fingerprint: String?
    package var isRevoked: Bool
    package var hosts: [HostCertificateInfo]

    package init(
        id: String,
        alias: String,
        zoneID: String,
        version: Int = 3,
        subject: String,
        issuer: String,
        serialNumber: String,
        notBefore: Int,
        notAfter: Int,
        fingerprint: String? = nil,
        isRevoked: Bool = false,
        hosts: [HostCertificateInfo] = []
    ) {
        self.id = id
        self.alias = alias
        self.zoneID = zoneID
        self.version = version
        self.subject = subject
        self.issuer = issuer
        self.serialNumber = serialNumber
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.fingerprint = fingerprint
        self.isRevoked = isRevoked
        self.hosts = hosts
    }
}

/// The certificates of the zones.
package protocol CertificatesService: Sendable {
    /// All of them, revoked ones too, with what their hosts have.
    func list() async throws -> [CertificateInfo]
    /// Checks a certificate and gives it to the hosts of its zone.
    ///
    /// - Parameters:
    ///   - text: PEM, in any of the forms that clients send it in.
    ///   - hostID: only to this host, which takes a certificate that its zone has already.
    /// - Returns: the certificate, with how it went at each host.
    func upload(_ text: String, alias: String, zoneID: String, hostID: String?) async throws -> CertificateInfo
    /// Puts another certificate in the place of one, under its alias.
    func replace(_ id: String, _ text: String) async throws -> CertificateInfo
    /// Forgets a certificate, after taking it from its hosts.
    func delete(_ id: String) async throws
}

/// What single hosts have of the certificates.
package protocol CertificateHostsService: Sendable {
    /// - Returns: how it went.
    func provision(_ id: String, hostID: String) async throws -> HostCertificateInfo
    /// Takes a certificate from a host, or from all of its zone.
    ///
    /// - Returns: how it went at each; none where it was revoked there already.
    func revoke(_ id: String, hostID: String?) async throws -> [HostCertificateInfo]
}
