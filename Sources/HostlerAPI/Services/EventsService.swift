/// Something that happened.
package struct EventInfo: Equatable, Sendable {
    package var id: String
    /// Its place in the order of all events, from 1; what a caller goes on behind.
    package var sequence: Int
    /// `VM.START`, in CloudStack's manner.
    package var type: String
    /// `INFO`, `WARN`, `ERROR`.
    package var level: String
    package var description: String
    /// Milliseconds since 1970 UTC.
    package var created: Int
    /// Who says so: `libvirt`, `hook`, `api`, `hostlerd`.
    package var source: String
    package var username: String?
    /// `VirtualMachine`, …, with its UUID and name.
    package var resourceType: String?
    package var resourceID: String?
    package var resourceName: String?

    package init(
        id: String,
        sequence: Int,
        type: String,
        level: String = "INFO",
        description: String,
        created: Int,
        source: String,
        username: String? = nil,
        resourceType: String? = nil,
        resourceID: String? = nil,
        resourceName: String? = nil
    ) {
        self.id = id
        self.sequence = sequence
        self.type = type
        self.level = level
        self.description = description
        self.created = created
        self.source = source
        self.username = username
        self.resourceType = resourceType
        self.resourceID = resourceID
        self.resourceName = resourceName
    }
}

/// Which events.
package struct EventFilter: Equatable, Sendable {
    package var id: String?
    package var type: String?
    package var level: String?
    package var resourceID: String?
    package var resourceType: String?
    /// Milliseconds since 1970 UTC, both included.
    package var from: Int?
    package var to: Int?
    package var keyword: String?
    /// Only those behind this place, the oldest first; without it the newest come first.
    package var after: Int?

    package init() {}

    /// Whether an event is one of them.
    package func matches(_ event: EventInfo) -> Bool {
        func isWanted(_ wanted: String?, _ value: String?) -> Bool {
            wanted == nil || wanted?.lowercased() == value?.lowercased()
        }
        guard isWanted(id, event.id), isWanted(type, event.type), isWanted(level, event.level),
            isWanted(resourceID, event.resourceID), isWanted(resourceType, event.resourceType)
        else { return false }
        if let from, event.created < from { return false }
        if let to, event.created > to { return false }
        if let after, event.sequence <= after { return false }
        guard let keyword = keyword?.lowercased() else { return true }
        return [event.description, event.type, event.resourceName ?? ""].contains { $0.lowercased().contains(keyword) }
    }
}

/// What happened.
package protocol EventsService: Sendable {
    /// - Parameter limit: how many at most; all unless given.
    /// - Returns: the events, and how many match without `offset` and `limit`.
    func list(_ filter: EventFilter, offset: Int, limit: Int?) async throws -> (events: [EventInfo], total: Int)
    /// Waits until there is an event behind this place, for so long at most.
    func waitForEvent(after: Int, for duration: Duration) async throws
}
