internal import ArgumentParser
internal import Operations

struct CertificateList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the certificates that downloads trust, revoked ones too.",
        discussion: """
            With --hosts, each with what its hosts have: UPLOADED, FAILED (with the last error; it is tried again), REVOKED, \
            SKIPPED, or PENDING before the first attempt.

            Examples:
              hostler certificate list --hosts
              hostler certificate list --json | jq -r '.[] | [.alias, .validto] | @tsv'
            """
    )

    @OptionGroup var options: CertificateOptions

    @Flag(help: "Say which hosts have it.")
    var hosts = false

    func run() async throws {
        let client = options.socket.clientOrOwn
        let zone = options.zone
        let found = try await client.certificates(hosts: hosts).filter {
            zone == nil || $0.zonename == zone || $0.zoneid == zone
        }
        if options.isJSON { return try Terminal.print(try JSON.text(found)) }
        if found.isEmpty { return try Terminal.say("there are no certificates") }
        for certificate in found { try Terminal.write(certificate.text.utf8) }
    }
}
