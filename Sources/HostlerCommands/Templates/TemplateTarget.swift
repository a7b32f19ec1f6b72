internal import ArgumentParser
internal import Operations
internal import Provisioning

/// The state of the templates of this host, for commands that look at what is there.
struct TemplateState {
    let state: HostState
    let records: TemplateRecords

    init() throws {
        state = .ofThisUser
        records = TemplateRecords(store: try state.open())
    }

    var maintenance: TemplateMaintenance { TemplateMaintenance(state: state, records: records) }

    /// How long a pool may take to answer.
    private static let patience = Duration.seconds(2)

    /// - Returns: in the order of `templates`.
    func reports(_ templates: [TemplateRecord]) async throws -> [TemplateReport] {
        var copies: [TemplateReport.Seen] = []
        for folder in try records.folders().sorted() {
            let found = try await offPool(within: Self.patience) { [records] in
                try records.copies(in: folder).map { copy in
                    TemplateReport.Seen(copy: copy, isThere: TemplateStager.isThere(copy))
                }
            }
            copies +=
                try found
                ?? records.written().filter { $0.folder == folder }.map { TemplateReport.Seen(copy: $0, isThere: nil) }
        }
        return try templates.map { template in
            TemplateReport(
                template,
                copies.filter { $0.copy.template == template.id },
                try records.uses(of: template.id)
            )
        }
    }
}

extension CompletionKind {
    /// Names of templates.
    static let templates = CompletionKind.shellCommand("hostler template list --names 2>/dev/null")
}
