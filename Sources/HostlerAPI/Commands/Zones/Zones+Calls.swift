extension APICall {
    /// The zone of a parameter.
    func zone(_ id: String) async throws -> ZoneInfo {
        if let zone = try await context.zones.zones().first(where: { $0.id == id }) { return zone }
        throw APIError.parameter("there is no zone '\(id)'; listZones lists those there are")
    }

    /// The host of a parameter.
    func host(_ id: String) async throws -> HostInfo {
        if let host = try await context.zones.hosts().first(where: { $0.id == id }) { return host }
        throw APIError.parameter("there is no host '\(id)'; listHosts lists those there are")
    }
}
