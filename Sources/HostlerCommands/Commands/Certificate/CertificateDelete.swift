internal import ArgumentParser
internal import Operations

struct CertificateDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Forget a certificate, and do not trust it any more.",
        discussion: """
            Examples:
              hostler certificate delete mirror
            """
    )

    @OptionGroup var options: CertificateOptions

    @Argument(help: "Its name or id.")
    var name: String

    func run() async throws {
        let client = options.socket.clientOrOwn
        let certificate = try await client.certificate(name, options.zone)
        let answer: Answer = try await client.call("deleteTemplateDirectDownloadCertificate", ["id": certificate.id])
        if options.isJSON { return try Terminal.print(try JSON.text(answer)) }
        try Terminal.say("\(certificate.alias): deleted")
    }

    private struct Answer: Codable {
        let success: Bool
    }
}
