internal import Glibc
internal import Operations
internal import Provisioning

/// Staging that goes on when the hook that asked for it has ended: a process of its own, since no daemon is there.
enum BackgroundStaging {
    /// Begins it, unless it is under way: processes that want the same wait for each other.
    static func begin(_ use: TemplateUse) throws {
        guard let program = Files.resolved("/proc/self/exe") else { throw SystemError("cannot find hostler itself") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Whoever waits for the hook's output must not wait for this too.
        for descriptor in 0...2 as ClosedRange<Int32> {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // POSIX_SPAWN_SETSID, which spawn.h shows to GNU sources alone.
        let setsid: Int16 = 0x80
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | setsid)
        let words: [String] = [program, "artefacts", "stage", use.guest]
        var vector = words.map { strdup($0) } + [nil]
        defer { vector.forEach { free($0) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, program, &actions, &attributes, &vector, environ)
        if failure != 0 { throw SystemError("cannot begin to stage what the guest needs", number: failure) }
    }

    /// What ``begin(_:)`` has started.
    static func run(_ guest: String) async throws {
        let state = HostState.ofThisUser
        let records = TemplateRecords(store: try state.open())
        let staging = GuestStaging(
            stager: TemplateStager(state: state, records: records, fetcher: try SourceFetcher(state))
        )
        for use in try records.uses() where use.guest == guest && use.file == nil {
            guard let template = try records.template(use.template) else { continue }
            try await staging.fulfil(TemplateNeed(template: template, use: use), progress: DownloadProgress())
        }
    }
}
