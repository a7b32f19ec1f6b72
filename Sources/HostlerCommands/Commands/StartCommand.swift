internal import ArgumentParser
internal import DomainXML
internal import LibvirtClient
internal import Provisioning

struct StartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start a guest, with other properties for this once where wished.",
        discussion: """
            With --once the guest's definition is transformed and started, and stays in libvirt as it was: the next start \
            is an ordinary one again. Before libvirt is asked, the URL of httpsisoboot is tried in the way in which QEMU \
            will read it, and what is wrong with it is said in one sentence. Where \(AllowedURLs.path) exists, the URL \
            has to match a line of it, the definition's own as well.

            Examples:
              hostler start demo --once httpsisoboot=https://server/a.iso --console
              hostler start demo --once bootorder=network
              hostler start demo
            """
    )

    @OptionGroup var connect: ConnectOptions

    @Argument(help: "Name, UUID or id of the guest.", completion: .guests)
    var guest: String

    @Option(
        help: ArgumentHelp("A property for this start alone; may be repeated.", valueName: "name=value"),
        completion: PropertyArguments.completion
    )
    var once: [String] = []

    @Flag(help: "Start it paused; 'virsh resume' lets it run.")
    var paused = false

    @Flag(help: "Attach to its console ('virsh console') once it is started.")
    var console = false

    @Flag(name: .customLong("no-check"), help: "Do not try the URL first.")
    var isUnchecked = false

    func validate() throws {
        _ = try PropertyArguments.parse(once, "--once")
    }

    func run() throws {
        let values = try PropertyArguments.parse(once, "--once")
        if console { try Console.check() }
        let guest = try Guest(guest, try connect.open())
        if try guest.domain.isActive() {
            throw guest.failure("it runs already; shut it down first (virsh shutdown \(guest.name))")
        }
        let wasSaved = try guest.domain.hasManagedSave()
        let url: String?
        do { url = values.isEmpty ? try startAsDefined(guest) : try startOnce(guest, values) } catch let error
            as LibvirtError
        {
            throw guest.failure(error.sentence)
        }
        let medium = wasSaved ? " from its saved state" : Self.with(values, url)
        try Terminal.say("guest \(guest.name): started\(paused ? " paused" : "")\(medium)")
        if console {
            try Console.replaceThisProcess(guest: guest.name, uri: try guest.connection.uri())
        }
    }

    /// What it was started with. What it boots from is another question: its kernel or `bootorder` may come first.
    static func with(_ once: [PropertyValue], _ url: String?) -> String {
        if once.isEmpty { return url.map { " with httpsisoboot=\(PropertyArguments.shown($0))" } ?? "" }
        return " once with " + once.map { "\($0.name)=\(PropertyArguments.shown($0.value))" }.joined(separator: ", ")
    }

    /// - Returns: the URL of the ISO that it has.
    private func startAsDefined(_ guest: Guest) throws -> String? {
        let xml = try guest.definition(secure: false)
        if let refusal = Self.refusal(of: xml, try .ofThisHost()) {
            throw CommandError(.badInput, "guest \(guest.name): \(refusal.message)")
        }
        let iso = try isoToTry(guest, xml)
        try prepareArtefacts(guest, xml)
        try guest.domain.create(paused: paused)
        return iso
    }

    /// Why the operator's limit is against a definition, which may be older than that limit.
    static func refusal(of xml: [UInt8], _ limit: AllowedURLs) -> DomainXMLError? {
        func complaint(_ limit: AllowedURLs) -> DomainXMLError? {
            do throws(DomainXMLError) {
                _ = try DomainTransformer.transform(xml, TransformRequest(allowedURLs: limit))
                return nil
            } catch {
                return error
            }
        }
        // What is wrong without a limit too is no reason to refuse: libvirt starts the definition as it is.
        guard let found = complaint(limit), found != complaint(.unlimited) else { return nil }
        return found
    }

    private func prepareArtefacts(_ guest: Guest, _ xml: [UInt8]) throws {
        let result: TransformResult
        do throws(DomainXMLError) { result = try DomainTransformer.transform(xml, TransformRequest()) } catch {
            // A domain that we do not understand is libvirt's to start or to refuse.
            return
        }
        try guest.prepareArtefacts(result)
    }

    private func startOnce(_ guest: Guest, _ values: [PropertyValue]) throws -> String? {
        if try guest.domain.hasManagedSave() {
            // A start from other XML would leave the saved state behind, and a later start would put that old state
            // of memory on top of disks that have changed since.
            throw guest.failure(
                "it has a saved state, which a start with --once cannot use; start it without --once, or drop that state "
                    + "(virsh managedsave-remove \(guest.name))"
            )
        }
        let old = try guest.definition(secure: true)
        let request = TransformRequest(properties: values, allowedURLs: try .ofThisHost())
        let result = try guest.transform(old, request)
        guest.warn(result.warnings)
        let iso = try isoToTry(guest, result.xml)
        try guest.prepareArtefacts(result)
        _ = try guest.connection.create(result.xml, paused: paused)
        return iso
    }

    /// The URL in force in `xml`, tried unless the user or the distance is against it.
    private func isoToTry(_ guest: Guest, _ xml: [UInt8]) throws -> String? {
        let summary: DomainSummary
        do throws(DomainXMLError) { summary = try DomainTransformer.inspect(xml) } catch {
            // Without properties for this start, a domain that we do not understand is libvirt's to start or to refuse.
            if once.isEmpty { return nil }
            throw guest.failure(error.message.asSentencePart)
        }
        // A property alone does nothing: where it comes from oVirt, say, nobody may have attached its device.
        guard let url = summary.properties.first(where: { $0.name == "httpsisoboot" })?.value,
            let shown = summary.devices.first(where: { $0.role == "httpsisoboot" })?.source
        else { return nil }
        if isUnchecked { return url }
        guard try Host.runsGuests(of: guest.connection) else {
            Terminal.complain("note: \(shown) is not tried, since the guest runs on another host")
            return url
        }
        let verify = summary.properties.first { $0.name == "httpsisoboot_sslverify" }?.value != "no"
        do throws(URLProbeError) { _ = try URLProbe.probe(url, verify: verify) } catch {
            throw guest.failure("\(error.message) (--no-check starts it all the same)")
        }
        return url
    }
}
