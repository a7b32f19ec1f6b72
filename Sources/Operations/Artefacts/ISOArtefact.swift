package import DomainXML
internal import Provisioning

/// `httpsisoboot`, where QEMU does not read the server itself: `staged` is a file, `cached` a server of its own.
package enum ISOArtefact: Artefacts.Maker {
    package static let role = TemplateNeed.mediumRole
    package static let isMadeEarly = false

    package static func prepare(
        _ artefact: DomainArtefact,
        _ domain: DomainSummary,
        _ state: HostState
    ) throws -> [String] {
        if TemplateNeed.isStaged(artefact) { return try StagedFile.prepare(artefact, domain, state) }
        try CachedISO(artefact, domain, state).start()
        return []
    }

    package static func migrate(
        _ artefact: DomainArtefact,
        _ domain: DomainSummary,
        _ state: HostState
    ) throws -> String? {
        // The guest is about to arrive, so that it needs here what it has there.
        _ = try prepare(artefact, domain, state)
        return nil
    }

    package static func release(_ artefact: DomainArtefact, _ domain: DomainSummary, _ state: HostState) throws {
        if !TemplateNeed.isStaged(artefact) {
            try CachedISO(artefact, domain, state).stop()
            return
        }
        guard let store = try state.openIfPresent() else { return }
        let files = GuestFiles(state: state, records: TemplateRecords(store: store))
        // Whatever has become of the template: its name of it goes.
        guard let uuid = domain.uuid.flatMap({ DomainArtefact.canonical(uuid: $0) }) else { return }
        try files.release(guest: uuid, path: artefact.path)
    }
}
