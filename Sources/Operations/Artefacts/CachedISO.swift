internal import DomainXML
internal import Provisioning

/// `httpsisoboot_delivery=cached`: a server of the guest's own, which reads the ISO once and keeps what it has read.
struct CachedISO {
    private let uuid: String
    private let url: String
    private let socket: String
    private let servers: NBDServers
    private let options: NBDOptions

    init(_ artefact: DomainArtefact, _ domain: DomainSummary, _ state: HostState) throws {
        func value(_ name: String) -> String? { domain.properties.first { $0.name == name }?.value }
        guard let uuid = domain.uuid.flatMap({ DomainArtefact.canonical(uuid: $0) }) else {
            throw OperationError(.badInput, "the domain \(domain.name) has no <uuid>, which its server is known by")
        }
        guard let url = value("httpsisoboot") else {
            throw OperationError(.badInput, "httpsisoboot is not set in the metadata of \(domain.name)")
        }
        guard let slash = artefact.path.lastIndex(of: "/"),
            artefact.path[artefact.path.index(after: slash)...] == "\(uuid).sock"
        else {
            throw OperationError(
                .badInput,
                "\(artefact.path) is not where the server of guest \(domain.name) listens, which is a file \(uuid).sock"
            )
        }
        self.uuid = uuid
        self.url = url
        socket = artefact.path
        servers = NBDServers(folder: String(artefact.path[..<slash]))
        var options = NBDOptions()
        if Files.isDirectory(state.trustFolder) { options.trustFolder = state.trustFolder }
        options.verifies = value("httpsisoboot_sslverify") != "no"
        if let seconds = value("httpsisoboot_timeout").flatMap({ Int($0) }) { options.timeout = min(seconds, 3600) }
        options.reader = try QEMUUser.ofThisHost()
        self.options = options
    }

    /// - Parameter replaces: whether no guest reads from a server that is there with another URL.
    func start(replaces: Bool = true) throws {
        _ = try servers.start(uuid, url: url, options: options, replace: replaces)
    }

    func stop() throws { try servers.stop(uuid) }
}
