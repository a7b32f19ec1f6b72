/// A setting of the daemon.
package struct ConfigurationItem: Equatable, Sendable {
    /// With dots: `trust.system`.
    package var name: String
    /// `nil` where it is not set, or must not be shown.
    package var value: String?
    package var defaultValue: String?
    package var description: String
    package var category: String
    /// CloudStack's word: `String`, `Number`, `Boolean`, `Range`.
    package var type: String
    /// Whether a change takes effect without a restart.
    package var isDynamic: Bool

    package init(
        name: String,
        value: String?,
        defaultValue: String? = nil,
        description: String,
        category: String,
        type: String = "String",
        isDynamic: Bool = true
    ) {
        self.name = name
        self.value = value
        self.defaultValue = defaultValue
        self.description = description
        self.category = category
        self.type = type
        self.isDynamic = isDynamic
    }
}

/// The settings of the daemon.
package protocol ConfigurationService: Sendable {
    func list() async throws -> [ConfigurationItem]
    /// - Throws: where there is no such setting, or it does not take this value.
    func update(_ name: String, _ value: String) async throws -> ConfigurationItem
}
