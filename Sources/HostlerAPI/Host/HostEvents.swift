package import Operations
internal import StateStore

/// What has happened on this host.
package struct HostEvents: EventsService {
    private let log: EventLog

    package init(log: EventLog) { self.log = log }

    package func list(
        _ filter: EventFilter,
        offset: Int,
        limit: Int?
    ) async throws -> (events: [EventInfo], total: Int) {
        let after = filter.after.map { EventLog.id($0) }
        if let id = filter.id {
            let found = [try await log.event(id.lowercased())].compactMap { $0.map(Self.info) }.filter(filter.matches)
            return (Array(found.dropFirst(offset).prefix(limit ?? .max)), found.count)
        }
        var page: [EventInfo] = []
        var all = EventFilter()
        all.after = filter.after
        let order: KeyOrder = after == nil ? .descending : .ascending
        if filter == all {
            try await log.scan(after: after, order: order, offset: offset, limit: limit) { event in
                page.append(Self.info(event))
                return true
            }
            return (page, try await log.count(after: after))
        }
        // How many there are is known only when each has been looked at; no more of them than the page are kept.
        var total = 0
        let end = offset.addingReportingOverflow(limit ?? .max)
        let wanted = offset..<(end.overflow ? .max : end.partialValue)
        try await log.scan(after: after, from: filter.from.map(Self.written), order: order) { event in
            let info = Self.info(event)
            guard filter.matches(info) else { return true }
            if wanted.contains(total) { page.append(info) }
            total += 1
            return true
        }
        return (page, total)
    }

    package func waitForEvent(after: Int, for duration: Duration) async throws {
        try await log.wait(after: EventLog.id(after), for: duration)
    }

    /// From when on what has happened at a time may have been written: a bit before it, if the clock was set back between
    /// the two.
    private static func written(_ time: Int) -> Int { max(time, margin) - margin }

    /// In milliseconds.
    private static let margin = 3_600_000

    private static func info(_ event: GuestEvent) -> EventInfo {
        EventInfo(
            id: event.id,
            sequence: EventLog.number(event.id),
            type: event.type,
            level: event.level.rawValue,
            description: event.guest.isEmpty ? event.text : "\(event.guest): \(event.text)",
            created: event.time,
            source: event.source == .hostler ? "hostlerd" : event.source.rawValue,
            resourceType: event.uuid.isEmpty ? nil : "VirtualMachine",
            resourceID: event.uuid.isEmpty ? nil : event.uuid,
            resourceName: event.guest.isEmpty ? nil : event.guest
        )
    }
}
