package import Provisioning

/// Sees to it that what a guest needs of templates is there.
package struct GuestStaging: Sendable {
    package let stager: TemplateStager
    package let files: GuestFiles

    package init(stager: TemplateStager) {
        self.stager = stager
        files = GuestFiles(state: stager.state, records: stager.records)
    }

    /// Brings what the guest needs, and makes its file.
    ///
    /// - Throws: why that is not possible.
    package func fulfil(_ need: TemplateNeed, progress: DownloadProgress) async throws {
        try files.note(need)
        if try files.isMade(need) && need.use.kind != .medium { return }
        if need.use.kind == .medium { try stager.state.makeMediaFolders() }
        let copy = try await stager.stage(need.template, in: need.use.folder, progress: progress)
        let files = files
        do { _ = try await offPool { try files.make(need, of: copy) } } catch {
            // It is the guest's own file that this is of: the template is here.
            throw OperationError(wrapping: error) ?? error
        }
    }

    /// How often it is looked whether somebody else has done it.
    private static let interval = Duration.milliseconds(300)

    /// Waits until what a domain needs is there, for a bounded time: libvirt waits for whoever asks. A pool that does not
    /// answer holds up nobody else.
    ///
    /// - Parameters:
    ///   - isArrival: whether the guest comes from another host, and its disk with it.
    ///   - begin: has it staged in the background, where nobody is at it.
    /// - Throws: what a person reads who has typed `virsh start`: how far it is, or why it could not be staged.
    package static func wait(
        _ xml: [UInt8],
        _ state: HostState,
        patience: Duration,
        isArrival: Bool = false,
        begin: @escaping @Sendable (TemplateUse) throws -> Void
    ) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + patience
        let asked = Timestamp.now()
        let needs = try await answer(by: deadline, patience) {
            try TemplateNeed.all(in: xml, state).filter { !isArrival || $0.use.kind == .medium }
        }
        if needs.isEmpty { return }
        let files = GuestFiles(state: state, records: TemplateRecords(store: try state.open()))
        for need in needs {
            try await answer(by: deadline, patience) { try files.note(need) }
            var isBegun = false
            while true {
                let begin = isBegun ? nil : begin
                let look = try await answer(by: deadline, patience) { () throws -> Look in
                    try Self.look(need, files, since: asked, begin: begin)
                }
                guard case .missing(let copy) = look else { break }
                isBegun = true
                if clock.now >= deadline {
                    throw OperationError(
                        .failure,
                        "\(sentence(need, copy)) after \(patience.components.seconds) s; start it again when it is there "
                            + "(hostler template list)"
                    )
                }
                try await Task.sleep(for: min(interval, deadline - clock.now))
            }
        }
    }

    /// What a look at files gives, unless their file system does not answer.
    private static func answer<Value: Sendable>(
        by deadline: ContinuousClock.Instant,
        _ patience: Duration,
        _ look: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        // What is at its end has a moment for its last look.
        if let value = try await offPool(within: max(deadline - .now, .seconds(1)), look) { return value }
        throw OperationError(
            .failure,
            "what it needs could not be looked at in \(patience.components.seconds) s (does the file system of its pool "
                + "answer?); start it again when that does"
        )
    }

    private enum Look: Sendable {
        case there
        /// With what is known of it.
        case missing(TemplateCopy?)
    }

    /// - Parameter begin: `nil` where that was done.
    /// - Throws: why it could not be staged since.
    private static func look(
        _ need: TemplateNeed,
        _ files: GuestFiles,
        since asked: Int,
        begin: ((TemplateUse) throws -> Void)?
    ) throws -> Look {
        if try files.isMade(need) { return .there }
        let copy = try files.records.copy(need.template.id, need.use.folder)
        // What is here stays good while a newer one is fetched.
        if let copy, TemplateStager.isThere(copy), need.use.kind != .full { return .there }
        if let copy, copy.state == .failed, copy.changed >= asked {
            throw OperationError(.failure, sentence(need, copy))
        }
        if let begin {
            // Whoever starts a guest asks again for what could not be had before.
            if copy?.state == .failed || copy?.state == .ready {
                try files.records.ask(need.template.id, need.use.folder)
            }
            try begin(need.use)
        }
        return .missing(copy)
    }

    static func sentence(_ need: TemplateNeed, _ copy: TemplateCopy?) -> String {
        let what = need.use.kind == .medium ? "its ISO" : "template"
        guard let copy else { return "\(what) '\(need.template.name)' waits to be staged" }
        if copy.state == .ready && need.use.kind == .full {
            return "its copy of template '\(need.template.name)' is being made"
        }
        return "\(what) '\(need.template.name)' \(copy.stage)"
    }
}
