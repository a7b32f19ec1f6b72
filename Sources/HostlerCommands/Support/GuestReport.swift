internal import DomainXML
internal import LibvirtClient

/// What `show` says of one guest.
struct GuestReport: Encodable {
    struct Property: Encodable {
        let name: String
        let value: String
        let source: String
    }

    struct Device: Encodable {
        let role: String
        let target: String
        let bus: String
        let source: String
    }

    /// What one XML of the guest says.
    struct Setup: Encodable {
        let properties: [Property]
        let devices: [Device]
        let bootOrder: [String]

        init(_ summary: DomainSummary) {
            properties = summary.properties.map {
                Property(name: $0.name, value: $0.value, source: GuestReport.name($0.source))
            }
            devices = summary.devices.map { Device(role: $0.role, target: $0.target, bus: $0.bus, source: $0.source) }
            bootOrder = summary.bootOrder
        }

        var isOfInterest: Bool { !properties.isEmpty || !devices.isEmpty }

        func lines(_ indent: String) -> [String] {
            let properties = properties.map { "\($0.name)=\(PropertyArguments.shown($0.value)) (\($0.source))" }
            let devices = devices.map { "\($0.target) on \($0.bus) for \($0.role): \($0.source)" }
            let order = bootOrder.enumerated().map { "\($0.offset + 1). \($0.element)" }
            return [("properties", properties), ("devices", devices), ("boot order", order)].flatMap { title, lines in
                [indent + title + (lines.isEmpty ? ": none" : "")] + lines.map { indent + "  " + $0 }
            }
        }
    }

    let name: String
    let uuid: String?
    let state: String
    let stateReason: String?
    let properties: [Property]
    let devices: [Device]
    let bootOrder: [String]
    /// What a guest that runs was started with, where that is not what its definition says: by `start --once`, or since
    /// the definition has changed.
    let running: Setup?

    private let defined: Setup

    private enum CodingKeys: CodingKey {
        case name, uuid, state, stateReason, properties, devices, bootOrder, running
    }

    /// - Parameter live: what the guest runs with; `nil` where it does not run.
    init(_ summary: DomainSummary, _ state: DomainState, live: DomainSummary? = nil) {
        name = summary.name
        uuid = summary.uuid
        self.state = state.name
        stateReason = state.reason
        defined = Setup(summary)
        properties = defined.properties
        devices = defined.devices
        bootOrder = defined.bootOrder
        running = live.flatMap { Self.isSame($0, summary) ? nil : Setup($0) }
    }

    /// Whether anything of it is Hostler's.
    var isOfInterest: Bool { defined.isOfInterest || running?.isOfInterest == true }

    /// For people.
    var text: String {
        var lines = ["\(name) (\(stateReason.map { "\(state) \($0)" } ?? state))"] + defined.lines("  ")
        if let running { lines += ["  now running with:"] + running.lines("    ") }
        return lines.map { Terminal.oneLine($0) + "\n" }.joined()
    }

    private static func isSame(_ left: DomainSummary, _ right: DomainSummary) -> Bool {
        left.properties == right.properties && left.devices == right.devices && left.bootOrder == right.bootOrder
    }

    private static func name(_ source: PropertySource) -> String {
        switch source {
        case .commandLine: "command line"
        case .environment: "environment"
        case .metadata: "metadata"
        case .ovirt: "oVirt"
        case .annotation: "KubeVirt annotation"
        }
    }
}
