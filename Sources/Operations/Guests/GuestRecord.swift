/// What a guest does, as Hostler keeps it: libvirt's states, and the steps on the way to them that only hooks see.
package enum GuestState: String, Codable, Sendable, CaseIterable {
    /// libvirt knows it, and it has not run since Hostler knows it.
    case defined
    /// libvirt's hook `prepare`: what its domain refers to is being made.
    case preparing
    /// QEMU is being started.
    case starting
    case running
    case paused
    /// It shuts down, or is being cleaned up after.
    case stopping
    case stopped
    /// It is leaving for another host.
    case migrating
    /// libvirt does not know it any more.
    case gone

    /// Whether there is a QEMU for it, or about to be.
    package var isActive: Bool { ![.defined, .stopped, .gone].contains(self) }
    /// Whether it stays like this until something happens; the others are on their way.
    package var isSettled: Bool { [.defined, .running, .paused, .stopped, .gone].contains(self) }
}

/// Something on this host that is there for a guest.
package struct HeldArtefact: Codable, Sendable, Equatable {
    /// `httpsisoboot`, `configdrive`.
    package let role: String
    /// The file or the URL, without what may be secret in it.
    package let source: String
    /// Since when, in milliseconds since 1970.
    package var since: Int

    package init(role: String, source: String, since: Int) {
        self.role = role
        self.source = source
        self.since = since
    }
}

/// What Hostler knows of a guest. Key `guest/<uuid>`.
package struct GuestRecord: Codable, Sendable, Equatable {
    /// As libvirt writes it, lower-case.
    package let uuid: String
    package var name: String
    package var state: GuestState
    /// Why, in libvirt's words: `booted`, `I/O error`, `destroyed`.
    package var reason: String
    /// When ``state`` became this, in milliseconds since 1970.
    package var since: Int
    /// Whether its definition stays when it stops.
    package var isPersistent: Bool
    /// What is there for it, while it runs or is about to.
    package var artefacts: [HeldArtefact]
    /// What is being done about it, or what has failed: one sentence.
    package var note: String?
    /// When it first was known, in milliseconds since 1970.
    package let created: Int

    package init(
        uuid: String,
        name: String,
        state: GuestState,
        reason: String = "",
        since: Int,
        isPersistent: Bool = true,
        artefacts: [HeldArtefact] = [],
        note: String? = nil
    ) {
        self.uuid = uuid
        self.name = name
        self.state = state
        self.reason = reason
        self.since = since
        self.isPersistent = isPersistent
        self.artefacts = artefacts
        self.note = note
        created = since
    }
}
