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

    func report(_ template: TemplateRecord) throws -> TemplateReport {
        TemplateReport(template, try records.copies(of: template.id), try records.uses(of: template.id))
    }
}

extension CompletionKind {
    /// Names of templates.
    static let templates = CompletionKind.shellCommand("hostler template list --names 2>/dev/null")
}
