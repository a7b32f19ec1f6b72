package import DomainXML
internal import Provisioning

/// What a domain needs of a template, as its properties and the engine say.
package struct TemplateNeed: Equatable, Sendable {
    package let template: TemplateRecord
    package let use: TemplateUse

    package init(template: TemplateRecord, use: TemplateUse) {
        self.template = template
        self.use = use
    }

    /// All needs of a domain.
    ///
    /// - Throws: where a property names what is not known, or cannot be understood.
    package static func all(
        _ artefacts: [DomainArtefact],
        _ domain: DomainSummary,
        _ state: HostState
    ) throws -> [TemplateNeed] {
        let wanted = artefacts.filter { isStaged($0) }
        if wanted.isEmpty { return [] }
        guard let uuid = domain.uuid.flatMap({ DomainArtefact.canonical(uuid: $0) }) else {
            throw OperationError(.badInput, "the domain \(domain.name) has no <uuid>, which its files are known by")
        }
        return try wanted.compactMap { artefact in
            guard let template = try template(artefact, domain, uuid, state) else { return nil }
            let isMedium = artefact.role == mediumRole
            return TemplateNeed(
                template: template,
                use: TemplateUse(
                    template: template.id,
                    folder: isMedium ? TemplatePlace(folder: state.isoFolder).folder : folder(of: artefact.path),
                    guest: uuid,
                    guestName: domain.name,
                    path: artefact.path,
                    kind: isMedium ? .medium : artefact.format == "full" ? .full : .overlay
                )
            )
        }
    }

    static let mediumRole = "httpsisoboot"
    static let diskRole = "template"

    static func isStaged(_ artefact: DomainArtefact) -> Bool {
        artefact.isInUse && (artefact.role == diskRole || artefact.role == mediumRole && artefact.format == "staged")
    }

    /// Of a domain's XML; none of one that the engine does not understand, which is libvirt's to judge.
    package static func all(in xml: [UInt8], _ state: HostState) throws -> [TemplateNeed] {
        let artefacts: [DomainArtefact]
        let domain: DomainSummary
        do throws(DomainXMLError) {
            artefacts = try DomainTransformer.transform(xml, TransformRequest()).artefacts
            if !artefacts.contains(where: isStaged) { return [] }
            domain = try DomainTransformer.inspect(xml)
        } catch {
            return []
        }
        return try all(artefacts, domain, state)
    }

    private static func folder(of path: String) -> String {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        return TemplatePlace(folder: slash == path.startIndex ? "/" : String(path[..<slash])).folder
    }

    /// - Returns: `nil` where it is not known any more, and the guest has what was made of it.
    private static func template(
        _ artefact: DomainArtefact,
        _ domain: DomainSummary,
        _ uuid: String,
        _ state: HostState
    ) throws -> TemplateRecord? {
        let isMedium = artefact.role == mediumRole
        let property = isMedium ? mediumRole : diskRole
        func value(_ name: String) -> String? { domain.properties.first { $0.name == name }?.value }
        guard let source = value(property) else {
            throw OperationError(.badInput, "\(property) is not set in the metadata of \(domain.name)")
        }
        if isMedium && value("httpsisoboot_sslverify") == "no" {
            throw OperationError(
                .badInput,
                "an ISO that is staged is read from a server whose certificate is right: upload that certificate (hostler "
                    + "certificate upload) and unset httpsisoboot_sslverify, or take another httpsisoboot_delivery"
            )
        }
        let checksum = try value(property + "_checksum").map { try Checksum($0) }
        let kind: TemplateRecord.Kind = isMedium ? .iso : .template
        let records = try state.openIfPresent().map { TemplateRecords(store: $0) }
        if source.contains("://") {
            let id = TemplateRecord.id(kind: kind, url: source, checksum: checksum)
            if let known = try records?.template(id) { return known }
            return TemplateRecord(
                name: TemplateRecord.name(for: source),
                kind: kind,
                url: source,
                checksum: checksum,
                format: isMedium ? .iso : nil,
                isRegistered: false
            )
        }
        guard let known = try records?.all().first(where: { $0.name == source && $0.kind == kind }) else {
            // A disk that is there is the guest's own: it may have come from another host.
            if !isMedium, Files.size(artefact.path) != nil { return nil }
            throw OperationError(
                .badInput,
                "there is no \(kind.rawValue) '\(source)' on this host; stage it first (hostler template stage URL "
                    + "--name \(source))"
            )
        }
        if let checksum, known.checksum != checksum, isMedium || Files.size(artefact.path) == nil {
            throw OperationError(.badInput, "\(property)_checksum is not the checksum of \(kind.rawValue) '\(source)'")
        }
        return known
    }
}
