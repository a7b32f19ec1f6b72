/// What CloudStack's API keeps of a template or an ISO for its own answers.
package struct TemplateTraits: Codable, Equatable, Sendable {
    /// The zones that it is for; none for all.
    package var zoneIDs: [String]
    /// One of the API's OS types.
    package var osTypeID: String?
    /// Of an ISO.
    package var isBootable: Bool
    package var isPublic: Bool
    package var isFeatured: Bool
    package var isExtractable: Bool
    /// Of a template.
    package var requiresHVM: Bool
    package var isPasswordEnabled: Bool
    /// What was registered with it, the headers excepted.
    package var details: [String: String]

    package init(
        zoneIDs: [String] = [],
        osTypeID: String? = nil,
        isBootable: Bool = true,
        isPublic: Bool = false,
        isFeatured: Bool = false,
        isExtractable: Bool = false,
        requiresHVM: Bool = true,
        isPasswordEnabled: Bool = false,
        details: [String: String] = [:]
    ) {
        self.zoneIDs = zoneIDs
        self.osTypeID = osTypeID
        self.isBootable = isBootable
        self.isPublic = isPublic
        self.isFeatured = isFeatured
        self.isExtractable = isExtractable
        self.requiresHVM = requiresHVM
        self.isPasswordEnabled = isPasswordEnabled
        self.details = details
    }
}
