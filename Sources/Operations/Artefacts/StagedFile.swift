internal import DomainXML

/// What templates and ISOs have in common.
enum StagedFile {
    static func prepare(_ artefact: DomainArtefact, _ domain: DomainSummary, _ state: HostState) throws -> [String] {
        let files = GuestFiles(state: state, records: TemplateRecords(store: try state.open()))
        for need in try TemplateNeed.all([artefact], domain, state) {
            try files.note(need)
            if try files.isMade(need) {
                try files.checkBacking(need)
                continue
            }
            let copy = try files.records.copy(need.template.id, need.use.folder)
            guard let copy, TemplateStager.isThere(copy) else {
                throw OperationError(.failure, GuestStaging.sentence(need, copy))
            }
            try files.make(need, of: copy)
        }
        return []
    }
}
