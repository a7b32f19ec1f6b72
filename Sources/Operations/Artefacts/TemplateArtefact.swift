package import DomainXML

/// `template`: the guest's disk on a staged image.
package enum TemplateArtefact: Artefacts.Maker {
    package static let role = TemplateNeed.diskRole
    package static let isMadeEarly = false

    package static func prepare(
        _ artefact: DomainArtefact,
        _ domain: DomainSummary,
        _ state: HostState
    ) throws -> [String] {
        try StagedFile.prepare(artefact, domain, state)
    }

    /// A disk comes with its guest, or is on storage that both hosts have.
    package static func migrate(
        _ artefact: DomainArtefact,
        _ domain: DomainSummary,
        _ state: HostState
    ) throws -> String? { nil }

    /// It is the guest's own.
    package static func release(_ artefact: DomainArtefact, _ domain: DomainSummary, _ state: HostState) throws {}
}
