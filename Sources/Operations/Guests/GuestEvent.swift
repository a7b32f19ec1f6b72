/// Something that happened, as the event log keeps it.
package struct GuestEvent: Codable, Sendable, Equatable {
    /// CloudStack's.
    package enum Level: String, Codable, Sendable, CaseIterable {
        case info = "INFO"
        case warn = "WARN"
        case error = "ERROR"
    }

    /// Who has told.
    package enum Source: String, Codable, Sendable, CaseIterable {
        case libvirt, hook, api, hostler
    }

    /// Its place in the log, which orders it; empty until it is written.
    package var id = ""
    /// In milliseconds since 1970.
    package let time: Int
    /// The guest's; empty where it is about none.
    package let uuid: String
    /// The guest's name, for people.
    package let guest: String
    /// `VM.START`: CloudStack's names where it has one for it.
    package let type: String
    /// The guest's state afterwards.
    package let state: GuestState?
    package let source: Source
    package let level: Level
    /// One sentence, or its beginning: `paused (I/O error)`.
    package let text: String

    package init(
        time: Int,
        uuid: String = "",
        guest: String = "",
        type: String,
        state: GuestState? = nil,
        source: Source,
        level: Level = .info,
        text: String
    ) {
        self.time = time
        self.uuid = uuid
        self.guest = guest
        self.type = type
        self.state = state
        self.source = source
        self.level = level
        self.text = text
    }
}
