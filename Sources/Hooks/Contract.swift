import DomainXML

/// How one stack calls its hooks. A contract knows its own stack and no other; adding one is a file in `Contracts` and a
/// line in ``HookCommand/contracts``.
protocol Contract: SendableMetatype {
    /// The word that selects it on the command line.
    static var name: String { get }
    /// How it is called, for `--help`.
    static var synopsis: String { get }
    /// Whether a program of that name and place is this contract's hook.
    static func claims(_ invocation: Invocation) -> Bool
    /// Answers a call; `invocation` is without the word that selected the contract.
    static func run(_ invocation: Invocation, _ system: some HookSystem) -> HookResponse
}

extension Contract {
    /// Runs the engine under the host's own limits.
    static func transform(
        _ xml: [UInt8],
        properties: [PropertyValue] = [],
        artefacts: [String: String] = [:],
        scope: TransformRequest.Scope = .everything,
        _ system: some HookSystem
    ) throws(HookError) -> TransformResult {
        let limits = try system.readFile(AllowedURLs.path)
        do throws(DomainXMLError) {
            var allowed = AllowedURLs.unlimited
            if let limits { allowed = try AllowedURLs(lines: String(decoding: limits, as: UTF8.self)) }
            return try DomainTransformer.transform(
                xml,
                TransformRequest(properties: properties, allowedURLs: allowed, artefacts: artefacts, scope: scope)
            )
        } catch {
            throw HookError(error.message)
        }
    }

    /// Runs the engine, and has `hostler` make the files that the new domain refers to.
    static func transformForStart(
        _ xml: [UInt8],
        properties: [PropertyValue] = [],
        guest: String? = nil,
        _ system: some HookSystem
    ) throws(HookError) -> (xml: [UInt8], isChanged: Bool, warnings: [String]) {
        let result = try transform(xml, properties: properties, system)
        if result.artefacts.isEmpty { return (result.xml, result.isChanged, result.warnings) }
        let guest = guest ?? name(of: result.xml)
        let seen = try Artefacts(guest: guest).see(to: .prepare, result.xml, system)
        if seen.paths.isEmpty { return (result.xml, result.isChanged, result.warnings + seen.warnings) }
        let moved = try transform(result.xml, artefacts: seen.paths, system)
        return (moved.xml, moved.xml != xml, result.warnings + seen.warnings)
    }

    private static func name(of xml: [UInt8]) -> String {
        do throws(DomainXMLError) { return try DomainTransformer.inspect(xml).name } catch { return "" }
    }

    /// Whether `xml` mentions anything of ours: when not, there is no need to parse it.
    static func isMentioned(in xml: [UInt8], _ words: [String]) -> Bool {
        words.contains { ByteSearch.contains(xml, $0) }
    }
}

/// The namespace of our metadata element, as it has to appear in a domain that has anything to do with us.
let hostlerNamespace = "urn:hostler:domain:1.0"
