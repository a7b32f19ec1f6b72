/// `template`: a disk of the guest is an image made of a template, a qcow2 overlay on it or a copy.
///
/// - Adds: `<disk type='file' device='disk'>`, where the domain has no disk or none of that name.
/// - Changes: type, driver and source of the disk, which go into the undo record with all that belongs to that source.
/// - Leaves alone: everything else of the disk (address, boot order, serial, limits), and a disk whose source somebody has
///   changed since.
enum Template: Transform {
    static let role = "template"
    static let roles = [role]

    static let properties = [
        Property(
            role,
            summary: "make a disk of the image at this URL, or of a template of this host",
            form: "https://, http:// or nfs:// URL, or a template's name"
        ) { value in
            do throws(HTTPSURL.Complaint) {
                _ = try TemplateSource(value)
                return nil
            } catch {
                return error.text
            }
        },
        Property(
            "template_checksum",
            summary: "what the bytes at the URL hash to",
            form: ChecksumSyntax.form,
            optionOf: role,
            complaint: { ChecksumSyntax.complaint($0) }
        ),
        Property(
            "template_disk",
            summary: "which disk (unless set: the first one)",
            form: "target name or alias",
            optionOf: role
        ) { value in
            let isPlain = value.utf8.allSatisfy { HTTPSURL.isAlphanumeric($0) || "._:-".utf8.contains($0) }
            if isPlain && !value.isEmpty && value.utf8.count <= 255 { return nil }
            return "'\(Property.printable(value))' is not the target name or alias of a disk, such as vda or ua-root"
        },
        Property(
            "template_pool",
            summary: "where the disk's image is kept (unless set: \(DomainArtefact.templateFolder))",
            form: "a storage pool's name or /folder",
            optionOf: role
        ) { complaint(pool: $0) },
        Property(
            "template_clone",
            summary: "whether the image is an overlay on the template, or a copy of all of it",
            form: "overlay|full",
            optionOf: role
        ) { value in
            value == "overlay" || value == "full" ? nil : "'\(Property.printable(value))' is neither overlay nor full"
        },
    ]

    static func plan(_ values: PropertyValues, _ plan: inout Plan) throws(DomainXMLError) {
        guard let value = values[role] else {
            try plan.refuseArtefact(role, because: "the property template is not set")
            return
        }
        let source: TemplateSource
        do throws(HTTPSURL.Complaint) { source = try TemplateSource(value) } catch {
            throw DomainXMLError(.invalidProperty, "\(role): \(error.text)")
        }
        if case .url(let url) = source { try plan.allowedURLs.check(url, property: role) }
        let record = UndoRecord(Metadata(plan.domain.root))
        let place = try TemplateDisk(domain: plan.domain, record: record, scope: plan.scope).choose(
            values["template_disk"]
        )
        let given = try plan.artefact(role, noun: "a disk image")
        let path: String
        var isInUse = true
        switch place {
        case .disk(let disk):
            let known = record.disks.first { $0.target == disk.target }
            isInUse = known.map { old in [old.path, given].contains { $0.map { disk.holds($0) } ?? false } } ?? true
            let present = known?.path ?? (Domain.isOwn(disk.alias) ? disk.file : nil)
            if let known, !isInUse {
                path = known.path
            } else if let kept = given ?? present.flatMap({ kept($0, plan) }) {
                path = kept
            } else {
                path = try usualPath(disk.target, values["template_pool"], plan.domain)
            }
        case .new(let slot):
            if let given {
                path = given
            } else {
                path = try usualPath(slot.target, values["template_pool"], plan.domain)
            }
        case .absent:
            plan.image = OwnImage(place: place, path: "")
            return
        }
        plan.image = OwnImage(place: place, path: path)
        plan.usedArtefacts.append(
            DomainArtefact(role: role, path: path, format: values["template_clone"] ?? "overlay", isInUse: isInUse)
        )
    }

    /// The image that a disk of ours has, unless it is another guest's; a guest on its way keeps what it has.
    private static func kept(_ path: String, _ plan: Plan) -> String? {
        let isForeign = DomainArtefact.isNamed(PathSyntax.name(path), afterAnotherThan: plan.domain)
        return plan.scope == .abiStable || !isForeign ? path : nil
    }

    private static func usualPath(_ target: String, _ pool: String?, _ domain: Domain) throws(DomainXMLError) -> String
    {
        let folder = pool ?? DomainArtefact.templateFolder
        if !folder.hasPrefix("/") {
            throw DomainXMLError(
                .impossible,
                "template_pool names the storage pool '\(Property.printable(folder))', and only libvirt knows its folder: "
                    + "run hostler set, which asks it, or give an artefact for \(role)"
            )
        }
        guard let uuid = domain.uuid, let path = DomainArtefact.templatePath(uuid: uuid, target: target, folder: folder)
        else {
            throw DomainXMLError(
                .impossible,
                "template needs to know where the disk's image is: the domain has no <uuid> that it could be named after, "
                    + "so give an artefact for \(role)"
            )
        }
        if let complaint = target.utf8.contains(UInt8(ascii: "/")) ? "no path" : PathSyntax.complaint(path) {
            throw DomainXMLError(
                .impossible,
                "no file can be named after disk '\(Property.printable(target))' (\(complaint)): give an artefact for \(role)"
            )
        }
        return path
    }

    private static func complaint(pool: String) -> String? {
        if pool.hasPrefix("/") { return PathSyntax.complaint(pool) }
        let hasControls = pool.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        if !pool.isEmpty, pool.utf8.count <= 255, !hasControls, !pool.utf8.contains(UInt8(ascii: "/")), pool != ".",
            pool != ".."
        {
            return nil
        }
        return "'\(Property.printable(pool))' is neither the name of a storage pool nor the absolute path of a folder"
    }
}
