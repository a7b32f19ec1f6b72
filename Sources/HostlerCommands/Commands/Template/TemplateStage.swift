internal import ArgumentParser
internal import Operations
internal import Provisioning

struct TemplateStage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stage",
        abstract: "Fetch a template or an ISO, verify it, and put it into its place.",
        discussion: """
            URL is https, http, nfs (nfs://server/export/file, no mount), or a metalink (version 3 or 4) on any of these. \
            What is compressed (gzip, bzip2, xz, zstd, zip, tar of one image) is expanded while it comes in; the checksum is \
            that of the source's bytes. qcow2, raw and ISO images are taken; vmdk, vhdx, vdi and vpc are converted where \
            --format qcow2 asks for it. A qcow2 that refers to other files is refused.

            Certificates of private servers: hostler certificate upload. Addresses such as 127.0.0.1 and 169.254.169.254 are \
            refused unless \(AllowedCIDRs.path) has them.

            Examples:
              hostler template stage https://server/debian.qcow2 --checksum sha256:9f86…
              hostler template stage nfs://server/export/win.vhdx --format qcow2
              hostler template stage https://server/a.iso --iso --name installer
              hostler template stage https://server/x.meta4 --pool images
              hostler template stage https://server/x --header @/root/token
            """
    )

    @OptionGroup var connect: ConnectOptions

    @Argument(help: "Where it comes from; or the name of a template that is known.")
    var url: String

    @Option(help: "What the source's bytes hash to: {SHA-256}hex, sha256:hex, or hex alone.")
    var checksum: String?

    @OptionGroup var place: TemplatePlaceOptions

    @Option(help: "What it is called; unless given, the URL's last part.")
    var name: String?

    @Option(
        help: ArgumentHelp(
            "A header of the request, 'Name: value'; @FILE reads such lines from a file. May be repeated.",
            valueName: "line"
        )
    )
    var header: [String] = []

    @Option(
        help: "qcow2, raw or iso; with qcow2, vmdk, vhdx, vdi and vpc are converted. Unless given, what is found."
    )
    var format: String?

    @Flag(name: .customLong("iso"), help: "It is an ISO to boot from, not the disk of a guest.")
    var isISO = false

    @Flag(name: .customLong("refresh"), help: "Fetch it again where its source has changed since.")
    var isRefreshing = false

    @Option(help: ArgumentHelp("Connections at once to a server that serves ranges, 1 to 16.", valueName: "number"))
    var connections = 1

    @Flag(name: .customLong("quiet"), help: "Show no progress.")
    var isQuiet = false

    @Flag(name: .customLong("json"), help: "Write JSON.")
    var isJSON = false

    func validate() throws {
        if !(1...16).contains(connections) {
            throw ValidationError("--connections is a number from 1 to 16, not \(connections)")
        }
        if url.contains("://") { return }
        let ofURL = [
            ("--checksum", checksum != nil), ("--name", name != nil), ("--format", format != nil), ("--iso", isISO),
        ]
        if let wrong = ofURL.first(where: \.1) {
            throw ValidationError("\(wrong.0) goes with a URL; what a known template is stays as it is")
        }
    }

    func run() async throws {
        let state = HostState.ofThisUser
        let records = TemplateRecords(store: try state.open())
        let wanted = try record(records)
        let isMedium = wanted.kind == .iso && place.pool == nil
        if isMedium { try state.makeMediaFolders() }
        let place = isMedium ? TemplatePlace(folder: state.isoFolder) : try place.place(connect)
        var settings = try SourceFetcher.settings(state)
        settings.connections = connections
        let template = try records.register(wanted, isNameDerived: name == nil)
        let stager = TemplateStager(state: state, records: records, fetcher: try SourceFetcher(settings))
        _ = try stager.want(template, place)
        let progress = DownloadProgress()
        let isRefreshing = isRefreshing
        let copy = try await ProgressBar.following(template.name, progress, isQuiet: isQuiet) {
            try await stager.stage(template, in: place.folder, progress: progress, isRefreshing: isRefreshing)
        }
        try place.refresh(connect)
        if isJSON {
            let uses = try records.uses(of: template.id, folder: place.folder)
            return try Terminal.print(
                try JSON.text(TemplateReport(template, [TemplateReport.Seen(copy: copy, isThere: true)], uses))
            )
        }
        let digest = copy.imageDigest.map { "; its \($0.algorithm.name) is \($0.hex)" } ?? ""
        try Terminal.say("\(template.kind.rawValue) \(template.name): staged at \(copy.path ?? "")\(digest)")
    }

    private func record(_ records: TemplateRecords) throws -> TemplateRecord {
        if !url.contains("://") {
            var known = try records.find(url)
            // A token may be another one by now.
            if !header.isEmpty { known.headers = try HeaderArguments.parse(header) }
            return known
        }
        let format = try format.map { try ImageFormat(named: $0) }
        return TemplateRecord(
            name: try TemplateName.checked(name ?? TemplateRecord.name(for: url)),
            kind: isISO || format == .iso ? .iso : .template,
            url: try SourceFetcher.checked(url),
            checksum: try checksum.map { try Checksum($0) },
            format: isISO ? .iso : format,
            headers: try HeaderArguments.parse(header),
            isRegistered: true
        )
    }
}
