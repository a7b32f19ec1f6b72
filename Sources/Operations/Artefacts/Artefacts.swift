package import DomainXML

/// What Hostler makes for a domain: for each role of ``DomainArtefact/roles`` somebody who can.
package enum Artefacts {
    /// Who makes the files of one role.
    package protocol Maker: SendableMetatype {
        static var role: String { get }
        /// Whether the file is there from when the guest's definition names it, not only for its start.
        static var isMadeEarly: Bool { get }
        /// Makes the file that `artefact` says, for a guest that is about to start here.
        ///
        /// - Returns: warnings.
        static func prepare(_ artefact: DomainArtefact, _ domain: DomainSummary, _ state: HostState) throws -> [String]
        /// Makes the file for a guest that is about to arrive.
        ///
        /// - Returns: where it is, where that is not what `artefact` says.
        static func migrate(_ artefact: DomainArtefact, _ domain: DomainSummary, _ state: HostState) throws -> String?
        /// Removes the file of a guest that is gone.
        static func release(_ artefact: DomainArtefact, _ domain: DomainSummary, _ state: HostState) throws
    }

    package static let makers: [any Maker.Type] = [
        ConfigDriveArtefact.self, TemplateArtefact.self, ISOArtefact.self,
    ]

    /// Makes what the domain `xml` refers to.
    ///
    /// - Parameter isStart: whether the guest starts now; else what only a running guest needs, or what has to be staged
    ///   first, is left for later.
    /// - Returns: warnings.
    package static func prepare(_ xml: [UInt8], _ state: HostState, isStart: Bool = true) throws -> [String] {
        try each(xml) { maker, artefact, domain in
            isStart || maker.isMadeEarly ? try maker.prepare(artefact, domain, state) : []
        }.flatMap { $0 }
    }

    /// - Returns: lines `role=path` for the files that are somewhere else than the domain says.
    package static func migrate(_ xml: [UInt8], _ state: HostState) throws -> [String] {
        try each(xml) { maker, artefact, domain in
            try maker.migrate(artefact, domain, state).map { "\(artefact.role)=\($0)" }
        }.compactMap { $0 }
    }

    package static func release(_ xml: [UInt8], _ state: HostState) throws {
        _ = try each(xml) { maker, artefact, domain in try maker.release(artefact, domain, state) }
    }

    private static func each<Result>(
        _ xml: [UInt8],
        _ body: (any Maker.Type, DomainArtefact, DomainSummary) throws -> Result
    ) throws -> [Result] {
        // What the operator allows has been checked by who called us, and is not ours to know here.
        let artefacts = try DomainTransformer.transform(xml, TransformRequest()).artefacts
        if artefacts.isEmpty { return [] }
        let domain = try DomainTransformer.inspect(xml)
        return try artefacts.compactMap { artefact in
            try makers.first { $0.role == artefact.role }.map { try body($0, artefact, domain) }
        }
    }
}
