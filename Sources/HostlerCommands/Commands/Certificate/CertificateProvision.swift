internal import ArgumentParser
internal import Operations

struct CertificateProvision: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provision",
        abstract: "Give a host a certificate that its zone has, or try again at once.",
        discussion: """
            Examples:
              hostler certificate provision mirror
              hostler certificate provision mirror kvm7
            """
    )

    @OptionGroup var options: CertificateOptions

    @Argument(help: "Its name or id.")
    var name: String

    @Argument(help: "The host's name or id; the only one of the zone where left out.")
    var host: String?

    func run() async throws {
        let client = options.socket.clientOrOwn
        let certificate = try await client.certificate(name, options.zone)
        let answer: [String: CertificateReport.Host] = try await client.call(
            "provisionTemplateDirectDownloadCertificate",
            ["id": certificate.id, "hostid": try await client.host(host, zone: certificate.zoneid)]
        )
        guard let outcome = answer.values.first else { throw OperationError(.failure, "the answer is empty") }
        if options.isJSON {
            try Terminal.print(try JSON.text(outcome))
        } else {
            try Terminal.say("\(certificate.alias) at \(outcome.text)")
        }
        try CertificateOutcome.check([outcome])
    }
}
