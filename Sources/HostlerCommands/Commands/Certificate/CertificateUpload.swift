internal import ArgumentParser
internal import Operations

struct CertificateUpload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upload",
        abstract: "Trust a certificate in downloads.",
        discussion: """
            PEM, of an authority or of a server, with its chain where it has one; valid now, and without a private key. The \
            same once more changes nothing; one that was revoked is trusted again.

            Examples:
              hostler certificate upload mirror /etc/ssl/mirror-ca.pem
              ssh mirror cat ca.pem | hostler certificate upload mirror -
            """
    )

    @OptionGroup var options: CertificateOptions

    @Argument(help: "What to call it: letters, digits and hyphens.")
    var name: String

    @Argument(help: "The file; '-' for stdin.", completion: .file())
    var file: String

    func run() async throws {
        let text = try CertificateInput.read(file)
        let client = options.socket.clientOrOwn
        let zone = try await client.zone(options.zone)
        let answer: [String: CertificateReport] = try await client.call(
            "uploadTemplateDirectDownloadCertificate",
            ["name": name, "certificate": text, "hypervisor": "KVM", "zoneid": zone.id]
        )
        guard let certificate = answer.values.first else { throw OperationError(.failure, "the answer is empty") }
        if options.isJSON {
            try Terminal.print(try JSON.text(certificate))
        } else {
            try Terminal.write(certificate.text.utf8)
        }
        try CertificateOutcome.check(certificate.hostsmap ?? [])
    }
}
