internal import Operations
internal import Provisioning
internal import StateStore

/// Whether certificates that were uploaded are on this host, and valid for another month.
enum CertificatesCheck {
    private static let check = "certificates"
    private static let day = 86_400_000

    /// - Parameter now: milliseconds since 1970.
    static func run(_ state: HostState, host: String, now: Int = Timestamp.now()) throws -> [Finding] {
        let wanted: [CertificateRecord]
        var findings: [Finding] = []
        do {
            guard let store = try state.openIfPresent() else { return [] }
            let registry = CertificateRegistry(store: store)
            wanted = try registry.all().filter { !$0.isRevoked }
            for record in wanted {
                findings += try expiry(of: record, now: now)
                if let here = try registry.hosts(of: record)[host], here.status == .failed {
                    findings.append(
                        .fail(
                            check,
                            "\(record.alias) could not be put into the trust store: \(here.lastError ?? "no reason is known")",
                            mend: "mend that, then: hostler certificate provision \(record.alias)"
                        )
                    )
                }
            }
        } catch is StateError {
            // The state cannot be read: that is the config drives' finding.
            return []
        }
        if !findings.isEmpty || wanted.isEmpty { return findings }
        return [.ok(check, "\(wanted.count) uploaded, none of which expires within 30 days")]
    }

    private static func expiry(of record: CertificateRecord, now: Int) throws -> [Finding] {
        guard let first = try record.certificates().map(\.notAfter).min() else { return [] }
        let mend = "hostler certificate replace \(record.alias) NEW.pem"
        let date = Timestamp.text(first).prefix(10)
        if first < now { return [.fail(check, "\(record.alias) has expired on \(date)", mend: mend)] }
        if first < now + 30 * day { return [.warn(check, "\(record.alias) expires on \(date)", mend: mend)] }
        return []
    }
}
