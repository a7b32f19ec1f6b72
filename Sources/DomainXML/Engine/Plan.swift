/// What the transforms want of one domain.
struct Plan {
    /// As it was before any of this.
    let domain: Domain
    let scope: TransformRequest.Scope
    let allowedURLs: AllowedURLs
    /// Where the caller has put the files of roles.
    let artefacts: [String: String]
    /// Our cdroms, the booted ones in boot order.
    var cdroms: [OwnCdrom] = []
    /// The disk that `template` makes.
    var image: OwnImage?
    /// The entries of `bootorder`.
    var bootOrder: [String]?
    /// The files that Hostler has to make for the properties.
    var usedArtefacts: [DomainArtefact] = []
    var warnings: [String] = []

    init(_ domain: Domain, _ request: TransformRequest) {
        self.domain = domain
        scope = request.scope
        allowedURLs = request.allowedURLs
        artefacts = request.artefacts
    }

    /// Where the caller has put the file of `role`; `nil` where that is left to us.
    ///
    /// - Parameter noun: what the file is, with its article.
    /// - Throws: `invalidProperty` for what is not the absolute path of a file.
    func artefact(_ role: String, noun: String) throws(DomainXMLError) -> String? {
        guard let given = artefacts[role] else { return nil }
        if !given.hasPrefix("/") {
            throw DomainXMLError(
                .invalidProperty,
                "the artefact for \(role) is '\(Property.printable(given))': it is not an absolute path"
            )
        }
        if let complaint = PathSyntax.complaint(file: given, noun: noun) {
            throw DomainXMLError(
                .invalidProperty,
                "the artefact for \(role) is '\(Property.printable(given))': \(complaint)"
            )
        }
        return given
    }

    /// - Throws: `invalidProperty` where the caller has put a file somewhere that nothing needs.
    func refuseArtefact(_ role: String, because reason: String) throws(DomainXMLError) {
        if artefacts[role] == nil { return }
        throw DomainXMLError(.invalidProperty, "an artefact for \(role) is given but \(reason)")
    }
}
