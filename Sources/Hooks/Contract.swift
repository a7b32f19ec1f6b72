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
        scope: TransformRequest.Scope = .everything,
        _ system: some HookSystem
    ) throws(HookError) -> TransformResult {
        let limits = try system.readFile(AllowedURLs.path)
        do throws(DomainXMLError) {
            var allowed = AllowedURLs.unlimited
            if let limits { allowed = try AllowedURLs(lines: String(decoding: limits, as: UTF8.self)) }
            return try DomainTransformer.transform(
                xml,
                TransformRequest(properties: properties, allowedURLs: allowed, scope: scope)
            )
        } catch {
            throw HookError(error.message)
        }
    }

    /// Whether `xml` mentions anything of ours: when not, there is no need to parse it.
    static func isMentioned(in xml: [UInt8], _ words: [String]) -> Bool {
        words.contains { ByteSearch.contains(xml, $0) }
    }
}

/// The namespace of our metadata element, as it has to appear in a domain that has anything to do with us.
let hostlerNamespace = "urn:hostler:domain:1.0"
