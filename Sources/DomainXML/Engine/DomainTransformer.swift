/// What to do to a document.
public struct TransformRequest: Sendable {
    /// How much of a domain may change.
    public enum Scope: Sendable {
        case everything
        /// Only what libvirt's ABI check lets pass in its `migrate` and `restore` hooks: sources, boot order, metadata.
        case abiStable
    }

    /// Properties from outside the document; what stands in its metadata is found there.
    public var properties: [PropertyValue]
    /// Names of properties to take away, with everything that was done for them.
    public var unset: [String]
    public var allowedURLs: AllowedURLs
    /// Where the file for a role is, by role: ``DomainArtefact/roles``. What is not named stays where it is, or gets its
    /// usual place.
    public var artefacts: [String: String]
    public var scope: Scope

    public init(
        properties: [PropertyValue] = [],
        unset: [String] = [],
        allowedURLs: AllowedURLs = .unlimited,
        artefacts: [String: String] = [:],
        scope: Scope = .everything
    ) {
        self.properties = properties
        self.unset = unset
        self.allowedURLs = allowedURLs
        self.artefacts = artefacts
        self.scope = scope
    }
}

/// What became of a document.
public struct TransformResult: Sendable {
    /// The new document; the input byte for byte where nothing had to change.
    public let xml: [UInt8]
    public let isChanged: Bool
    /// What the user should know although it worked, each a sentence like an error's.
    public let warnings: [String]
    /// The properties that were not in force before: their device was missing or different, or the order another.
    public let pending: [String]
    /// The files that the new document refers to and that Hostler makes.
    public let artefacts: [DomainArtefact]
}

/// The one function in the middle of Hostler: domain XML and properties in, domain XML out. No file, no network, no
/// state; running it on its own output changes nothing.
public enum DomainTransformer {
    /// Makes `xml` what its properties ask for.
    ///
    /// - Throws: ``DomainXMLError``; nothing is ever half done.
    public static func transform(
        _ xml: [UInt8],
        _ request: TransformRequest
    ) throws(DomainXMLError) -> TransformResult {
        let document = try XMLDocument(xml)
        try Domain.check(document)
        let metadata = Metadata(document.root)
        let values = try PropertyValues(request, metadata)
        for role in request.artefacts.keys.sorted() where !DomainArtefact.roles.contains(role) {
            let known = DomainArtefact.roles.joined(separator: ", ")
            throw DomainXMLError(
                .invalidProperty,
                "no property uses an artefact of role '\(Property.printable(role))'; known are \(known)"
            )
        }
        let unset = try PropertyValues.masked(request.unset)

        let isQEMU = ["kvm", "qemu"].contains(document.root.attribute("type") ?? "")
        let isMarked =
            metadata.own != nil || isQEMU && document.bytes[...].firstRange(of: Domain.aliasPrefix) != nil
        if values.isEmpty && !isMarked && request.artefacts.isEmpty {
            return TransformResult(xml: xml, isChanged: false, warnings: [], pending: [], artefacts: [])
        }

        let domain = try Domain(document)
        var plan = Plan(domain, request)
        for transform in Transforms.all { try transform.plan(values, &plan) }

        // Disks first: where cdroms go and what boots in which order follows from what the domain has then.
        var disks = DiskWriter(plan)
        disks.write(plan.image)
        let filled = disks.editor.hasChanges ? try Domain(try XMLDocument(disks.editor.apply())) : domain
        var writer = PlanWriter(plan, filled, disks.result)
        try writer.write(values, unset: unset)
        let result = writer.editor.apply()
        return TransformResult(
            xml: result,
            isChanged: result != xml,
            warnings: plan.warnings + disks.result.warnings,
            pending: disks.result.pending + writer.pending,
            artefacts: plan.usedArtefacts
        )
    }
}
