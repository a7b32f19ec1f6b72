internal import HostlerAPI
internal import Operations

/// The daemon's configuration as `listConfigurations` and `updateConfiguration` show it.
struct DaemonSettings: ConfigurationService {
    let configuration: CurrentConfiguration
    /// Is called when a key has a new value.
    let changed: @Sendable () async -> Void

    func list() async throws -> [ConfigurationItem] { ConfigurationKey.all.map { item($0) } }

    func update(_ name: String, _ value: String) async throws -> ConfigurationItem {
        try configuration.set(name, value)
        await changed()
        guard let key = ConfigurationKey.named(name) else { throw OperationError(.failure, "\(name) is gone") }
        return item(key)
    }

    private func item(_ key: ConfigurationKey) -> ConfigurationItem {
        let type =
            switch key.kind {
            case .boolean: "Boolean"
            case .integer: "Number"
            default: "String"
            }
        return ConfigurationItem(
            name: key.name,
            value: configuration.value.written(key),
            defaultValue: key.value,
            description: key.description,
            category: String(key.name.prefix { $0 != "." }),
            type: type,
            isDynamic: key.isDynamic
        )
    }
}
