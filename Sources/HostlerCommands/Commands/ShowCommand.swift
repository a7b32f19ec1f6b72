internal import ArgumentParser
internal import DomainXML
internal import LibvirtClient
internal import Operations

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the properties of a guest, and what became of them.",
        discussion: """
            Properties in force with where they come from, the devices that Hostler attached, and the order in which the \
            guest tries to boot; below 'now running with:' the same of a guest that runs with something else, by 'start \
            --once' or from before its definition was changed. Without a guest: all guests that have properties, or \
            run with some.

            The query of a URL may be a token, and is left out; JSON has it.

            Examples:
              hostler show demo
              hostler show --json
            """
    )

    @OptionGroup var connect: ConnectOptions

    @Flag(name: .customLong("json"), help: "Write JSON.")
    var isJSON = false

    @Argument(help: "Name, UUID or id of the guest; all with properties where left out.", completion: .guests)
    var guest: String?

    func run() throws {
        let connection = try connect.open()
        if let guest {
            let guest = try Guest(guest, connection)
            let summary = try guest.inspect(try guest.definition(secure: false))
            let report = GuestReport(summary, try guest.domain.state(), live: try live(guest.domain, guest.name))
            return try Terminal.write(((isJSON ? try JSON.text(report) + "\n" : report.text)).utf8)
        }
        let reports = try reports(connection)
        if isJSON { return try Terminal.print(try JSON.text(reports)) }
        if reports.isEmpty { return try Terminal.say("no guest has properties") }
        try Terminal.write(reports.map(\.text).joined(separator: "\n").utf8)
    }

    private func reports(_ connection: Connection) throws -> [GuestReport] {
        try connection.domains().compactMap { domain in
            do throws(LibvirtError) {
                return try report(domain)
            } catch {
                // It was there when libvirt made the list, and is gone by now.
                if error.code == .noDomain { return nil }
                throw error
            }
        }
    }

    /// `nil` for a guest that is none of ours.
    private func report(_ domain: LibvirtClient.Domain) throws(LibvirtError) -> GuestReport? {
        let name = try domain.name()
        guard let summary = summary(try domain.xml(inactive: true, secure: false), name) else { return nil }
        let report = GuestReport(summary, try domain.state(), live: try live(domain, name))
        return report.isOfInterest ? report : nil
    }

    private func live(_ domain: LibvirtClient.Domain, _ name: String) throws(LibvirtError) -> DomainSummary? {
        try domain.isActive() ? summary(try domain.xml(inactive: false, secure: false), name) : nil
    }

    private func summary(_ xml: [UInt8], _ name: String) -> DomainSummary? {
        do throws(DomainXMLError) { return try DomainTransformer.inspect(xml) } catch {
            // Containers and the like are not our guests; one that has our mark is.
            if String(decoding: xml, as: UTF8.self).contains("urn:hostler:") {
                Terminal.warn("guest \(name): \(error.message)")
            }
            return nil
        }
    }
}
