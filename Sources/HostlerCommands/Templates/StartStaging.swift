internal import LibvirtClient
internal import Operations
internal import Provisioning

/// Has what guests need of templates brought here, for commands that a person waits for.
struct StartStaging {
    let socket: SocketOptions

    /// Begins it: hostlerd goes on with it in the background, where it runs.
    func begin(_ needs: [TemplateNeed]) async throws {
        if needs.isEmpty { return }
        let files = try Self.staging().files
        for need in needs { try files.note(need, isRenewed: true) }
        let isDaemonThere: Bool
        do throws(LocalRequest.Failure) {
            _ = try LocalRequest.get(socket: socket.client.socket, target: "/health")
            isDaemonThere = true
        } catch {
            isDaemonThere = !error.isAbsent
        }
        guard isDaemonThere else { return try await Self.finish(needs, guest: nil) }
        for need in needs where try !files.isMade(need) {
            try Terminal.say(
                "\(need.template.kind.rawValue) \(need.template.name): hostlerd stages it (hostler template show "
                    + "\(need.template.name))"
            )
        }
    }

    /// Does it, or waits for who does.
    ///
    /// - Parameter guest: whose start waits for it.
    static func finish(_ needs: [TemplateNeed], guest: String?) async throws {
        if needs.isEmpty { return }
        let staging = try staging()
        for need in needs {
            let progress = DownloadProgress()
            do {
                try await ProgressBar.following(need.template.name, progress) {
                    try await staging.fulfil(need, progress: progress)
                }
            } catch {
                guard let failure = OperationError(wrapping: error), let message = failure.message else { throw error }
                // What is wrong with the guest's own disk says so by itself.
                let what =
                    error is DownloadError
                    ? "\(need.template.kind.rawValue) '\(need.template.name)' could not be staged: \(message)" : message
                throw OperationError(failure.code, "guest \(guest ?? need.use.guestName): \(what)")
            }
        }
    }

    /// Forgets what the guest needs no longer.
    static func forget(_ guest: Guest, but needs: [TemplateNeed]) throws {
        guard try Host.runsGuests(of: guest.connection), let store = try HostState.ofThisUser.openIfPresent() else {
            return
        }
        let files = GuestFiles(state: .ofThisUser, records: TemplateRecords(store: store))
        try files.forget(try guest.domain.uuid().lowercased(), but: needs)
    }

    private static func staging() throws -> GuestStaging {
        let state = HostState.ofThisUser
        let records = TemplateRecords(store: try state.open())
        return GuestStaging(
            stager: TemplateStager(state: state, records: records, fetcher: try SourceFetcher(state))
        )
    }
}
