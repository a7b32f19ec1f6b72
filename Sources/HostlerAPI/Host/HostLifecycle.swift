internal import DomainXML
package import LibvirtClient
package import Operations
internal import Provisioning
internal import Synchronization

/// Starts and stops the guests of this host.
package struct HostLifecycle: GuestLifecycleService {
    private let worker: LibvirtWorker
    /// Brings what guests need of templates.
    private let staging: GuestStaging
    /// How long a guest may take to shut down.
    private let patience: Duration
    /// Takes note of what a guest does now, so that who is answered sees it.
    private let settle: @Sendable (String) async -> Void

    package init(
        worker: LibvirtWorker,
        staging: GuestStaging,
        patience: Duration = .seconds(300),
        settle: @escaping @Sendable (String) async -> Void = { _ in }
    ) {
        self.worker = worker
        self.staging = staging
        self.patience = patience
        self.settle = settle
    }

    package func start(_ uuid: String, once: [String: String], progress: @Sendable (String) -> Void) async throws {
        let values = once.sorted { $0.key < $1.key }.map {
            PropertyValue(name: $0.key, value: $0.value, source: .commandLine)
        }
        let needs = try await worker.run { connection in
            try GuestStart(try Guest(uuid: uuid, connection, .quiet), once: values).needs()
        }
        for need in needs {
            progress("staging \(need.template.name)")
            try await staging.fulfil(need, progress: DownloadProgress())
        }
        progress("starting")
        try await worker.run { connection in
            _ = try GuestStart(try Guest(uuid: uuid, connection, .quiet), once: values).run()
        }
        await settle(uuid)
    }

    package func stop(_ uuid: String, forced: Bool, progress: @Sendable (String) -> Void) async throws {
        if forced {
            progress("ending it")
            try await worker.run { try $0.domain(uuid: uuid).destroy() }
            return await settle(uuid)
        }
        progress("asking it to shut down")
        try await worker.run { try $0.domain(uuid: uuid).shutdown() }
        let deadline = ContinuousClock.now + patience
        while try await isActive(uuid) {
            if ContinuousClock.now > deadline {
                throw APIError(
                    .resourceUnavailable,
                    "the guest has not shut down within \(patience); forced=true pulls the plug"
                )
            }
            try await Task.sleep(for: .milliseconds(300))
        }
        await settle(uuid)
    }

    package func reboot(_ uuid: String, forced: Bool, progress: @Sendable (String) -> Void) async throws {
        if forced {
            progress("ending it")
            try await worker.run { try $0.domain(uuid: uuid).destroy() }
            return try await start(uuid, once: [:], progress: progress)
        }
        progress("asking it to restart")
        try await worker.run { try $0.domain(uuid: uuid).reboot() }
    }

    private func isActive(_ uuid: String) async throws -> Bool {
        try await worker.run { connection in
            do throws(LibvirtError) { return try connection.domain(uuid: uuid).isActive() } catch {
                // A transient guest is gone when it has stopped.
                if error.code == .noDomain { return false }
                throw error
            }
        }
    }
}

/// What the config drives of this host's guests tell them.
package struct HostGuestData: GuestDataService {
    private let worker: LibvirtWorker

    package init(worker: LibvirtWorker) { self.worker = worker }

    package func updateUserData(_ uuid: String, _ data: [UInt8]) async throws {
        try await edit(uuid) {
            try $0.attach(format: nil, place: .asItIs, [{ $0.userData = data.isEmpty ? nil : data }])
        }
    }

    package func resetPassword(_ uuid: String, _ password: String?) async throws -> String {
        let password = password ?? GeneratedPassword.make(length: 16)
        try await edit(uuid) { try $0.changeForNextStart([{ $0.password = password }]) }
        return password
    }

    package func resetSSHKeys(_ uuid: String, _ keys: [String]) async throws {
        try await edit(uuid) { try $0.changeForNextStart([{ $0.sshKeys = keys }]) }
    }

    private func edit(_ uuid: String, _ body: @escaping @Sendable (DriveEdit) throws -> Void) async throws {
        try await worker.run { connection in
            let guest = try Guest(uuid: uuid, connection, .quiet)
            try DriveEdit.of(guest) { edit in
                // A new guest gets its drive with what it is first given.
                if try !edit.isAttached() { try edit.attach(format: nil, place: .asItIs, []) }
                try body(edit)
            }
        }
    }
}

extension Messages {
    /// Nobody: what was done is in the answer.
    static let quiet = Messages(say: { _ in }, warn: { _ in }, note: { _ in })
}

extension LibvirtError: APIErrorConvertible {
    package var apiError: APIError {
        switch code {
        case .noDomain: .parameter("there is no such guest")
        default: APIError(.internalError, sentence)
        }
    }
}
