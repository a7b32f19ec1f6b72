internal import Operations

/// Which templates a caller wants, of CloudStack's `templatefilter` and `isofilter`. Everything belongs to the one
/// account there is.
enum TemplateFilter: String, CaseIterable {
    case featured, `self`, selfexecutable, sharedexecutable, executable, community, all

    static let known = allCases.map(\.rawValue).joined(separator: ", ")

    /// - Throws: ``APIError`` with 431, which lists those there are.
    init(_ text: String, parameter: String) throws(APIError) {
        guard let filter = Self(rawValue: text.lowercased()) else {
            throw .parameter("\(parameter) '\(APIError.shown(text))' is none of \(Self.known)")
        }
        self = filter
    }

    func takes(_ template: TemplateInfo) -> Bool {
        switch self {
        case .all, .self: true
        case .selfexecutable, .executable: template.isReady
        case .featured: template.isReady && template.traits.isPublic && template.traits.isFeatured
        case .community: template.isReady && template.traits.isPublic && !template.traits.isFeatured
        // Of other accounts.
        case .sharedexecutable: false
        }
    }
}
