/// What a guest has, or is to have, of a template: its disk, or its ISO. Key `templateuse/<guest's UUID>/<hash of the path>`.
package struct TemplateUse: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable {
        /// A disk that reads what it has not written itself from the template.
        case overlay
        /// A disk of its own with the template's content.
        case full
        /// The ISO under a name of the guest's.
        case medium
    }

    package let template: String
    /// The folder of the copy that it is of.
    package let folder: String
    /// The guest's UUID, lower-case.
    package let guest: String
    package var guestName: String
    /// The file that the guest's definition names.
    package let path: String
    package let kind: Kind
    /// The copy's file that it was made of; `nil` until it is made.
    package var file: String?
    /// Milliseconds since 1970.
    package let created: Int

    package init(
        template: String,
        folder: String,
        guest: String,
        guestName: String,
        path: String,
        kind: Kind
    ) {
        self.template = template
        self.folder = folder
        self.guest = guest
        self.guestName = guestName
        self.path = path
        self.kind = kind
        created = Timestamp.now()
    }

    package func isOf(_ copy: TemplateCopy) -> Bool { template == copy.template && folder == copy.folder }

    /// Whether the guest's file is of no use without the copy, or without this file of it. Who was killed has not written down
    /// which one it is: then it may be any.
    ///
    /// - Parameter file: `nil` for any.
    package func needs(_ file: String?) -> Bool {
        kind == .overlay && (file == nil || self.file == nil || self.file == file)
    }
}
