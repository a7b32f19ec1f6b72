internal import ArgumentParser
internal import Operations

struct CertificateRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Do not trust a certificate any more.",
        discussion: """
            It stays in the list, and can be uploaded again. A host that is not there now takes it out when it is.

            Examples:
              hostler certificate revoke mirror
            """
    )

    @OptionGroup var options: CertificateOptions

    @Argument(help: "Its name or id.")
    var name: String

    @Option(help: ArgumentHelp("Only at this host: its name or id.", valueName: "host"))
    var host: String?

    func run() async throws {
        let client = options.socket.clientOrOwn
        let certificate = try await client.certificate(name, options.zone)
        var parameters = ["id": certificate.id, "zoneid": certificate.zoneid]
        if let host { parameters["hostid"] = try await client.host(host, zone: certificate.zoneid) }
        let hosts: APIClient.List<CertificateReport.Host> = try await client.call(
            "revokeTemplateDirectDownloadCertificate",
            parameters
        )
        if options.isJSON {
            try Terminal.print(try JSON.text(hosts.elements))
        } else if hosts.elements.isEmpty {
            try Terminal.say("\(certificate.alias): revoked already")
        } else {
            for host in hosts.elements { try Terminal.say("\(certificate.alias) at \(host.text)") }
        }
        try CertificateOutcome.check(hosts.elements)
    }
}
