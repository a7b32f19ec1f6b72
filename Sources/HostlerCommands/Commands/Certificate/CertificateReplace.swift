internal import ArgumentParser
internal import Operations

struct CertificateReplace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replace",
        abstract: "Put another certificate in the place of one, under its name.",
        discussion: """
            Examples:
              hostler certificate replace mirror new-ca.pem
            """
    )

    @OptionGroup var options: CertificateOptions

    @Argument(help: "Its name or id.")
    var name: String

    @Argument(help: "The file with the new one; '-' for stdin.", completion: .file())
    var file: String

    func run() async throws {
        let text = try CertificateInput.read(file)
        let client = options.socket.clientOrOwn
        let old = try await client.certificate(name, options.zone)
        let answer: [String: CertificateReport] = try await client.call(
            "updateTemplateDirectDownloadCertificate",
            ["id": old.id, "certificate": text]
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
