internal import ArgumentParser
internal import Operations

/// `hostler certificate`, CloudStack's direct download certificates.
struct CertificateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate",
        abstract: "Say which certificates downloads trust.",
        discussion: """
            A certificate is given to a zone, which is this host unless it is told otherwise, and hostlerd sees to it that \
            each host of the zone has it in its trust store, and takes it out when it is revoked. Where hostlerd does not \
            run, root can do the same for this host.

            Examples:
              hostler certificate upload mirror ca.pem
              hostler certificate list --hosts
              hostler certificate revoke mirror
            """,
        subcommands: [
            CertificateUpload.self, CertificateList.self, CertificateRevoke.self, CertificateReplace.self,
            CertificateDelete.self, CertificateProvision.self,
        ]
    )
}

/// A certificate as the API shows it.
struct CertificateReport: Codable {
    struct Host: Codable {
        let hostid: String
        let hostname: String?
        let status: String
        let details: String?
        let attempts: Int?

        var text: String {
            let tries = (attempts ?? 0) > 1 ? " after \(attempts ?? 0) attempts" : ""
            return "\(hostname ?? hostid): \(status)\(tries)\(details.map { ": \($0)" } ?? "")"
        }
    }

    let id: String
    let alias: String
    let zoneid: String
    let zonename: String?
    let subject: String
    let issuer: String
    let validfrom: String
    let validto: String
    let serialnum: String
    let fingerprint: String?
    let revoked: Bool
    let hostsmap: [Host]?

    var text: String {
        let state = revoked ? "revoked" : "until \(validto.prefix(10))"
        let hosts = (hostsmap ?? []).map { "  " + $0.text }
        return (["\(alias)  \(state)  \(subject)"] + hosts).map { Terminal.oneLine($0) + "\n" }.joined()
    }
}

extension APIClient {
    struct Zone: Decodable {
        let id: String
        let name: String
    }

    /// The zone of that name or id; the only one where none is named.
    func zone(_ name: String?) async throws -> Zone {
        let zones: List<Zone> = try await call("listZones")
        if let name {
            if let found = zones.elements.first(where: { $0.name == name || $0.id == name }) { return found }
            throw OperationError(.badInput, "there is no zone '\(name)'")
        }
        if zones.elements.count == 1 { return zones.elements[0] }
        let names = zones.elements.map(\.name).joined(separator: ", ")
        throw OperationError(.usage, "there are several zones (\(names)); say which with --zone")
    }

    func certificates(hosts: Bool = true) async throws -> [CertificateReport] {
        try await all("listTemplateDirectDownloadCertificates", ["listhosts": hosts ? "true" : "false"])
    }

    /// The id of the host of that name or id; of the only one where none is named.
    func host(_ name: String?, zone: String) async throws -> String {
        let hosts: [Zone] = try await all("listHosts", ["zoneid": zone])
        if let name {
            if let found = hosts.first(where: { $0.name == name || $0.id == name }) { return found.id }
            throw OperationError(.badInput, "there is no host '\(name)' in the certificate's zone")
        }
        if let only = hosts.first, hosts.count == 1 { return only.id }
        let names = hosts.map(\.name).joined(separator: ", ")
        throw OperationError(.usage, "the certificate's zone has several hosts (\(names)); say which")
    }

    /// The certificate of that alias or id.
    func certificate(_ name: String, _ zone: String?) async throws -> CertificateReport {
        let wanted = try await certificates().filter {
            ($0.alias.lowercased() == name.lowercased() || $0.id == name)
                && (zone == nil || $0.zonename == zone || $0.zoneid == zone)
        }
        if let found = wanted.first, wanted.count == 1 { return found }
        if wanted.isEmpty {
            throw OperationError(
                .failure,
                "there is no certificate '\(name)'; 'hostler certificate list' lists those there are"
            )
        }
        throw OperationError(.usage, "'\(name)' is in several zones; say which with --zone")
    }
}

/// What the commands have in common.
struct CertificateOptions: ParsableArguments {
    @OptionGroup var socket: SocketOptions

    @Option(help: ArgumentHelp("The zone, where there are several.", valueName: "name"))
    var zone: String?

    @Flag(name: .customLong("json"), help: "Write JSON.")
    var isJSON = false
}

/// PEM from a file or from stdin.
enum CertificateInput {
    static func read(_ file: String) throws -> String {
        do throws(SystemError) { return String(decoding: try Files.read(file, limit: 1 << 20), as: UTF8.self) } catch {
            throw OperationError(.badInput, error.message)
        }
    }
}

/// Where it did not work at a host, the exit status says so too.
enum CertificateOutcome {
    static func check(_ hosts: [CertificateReport.Host]) throws {
        if hosts.contains(where: { $0.status == "FAILED" }) { throw OperationError(.failure, nil) }
    }
}
