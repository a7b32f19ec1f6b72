/// `configdrive`: a second cdrom, an ISO with what the guest is to know about itself.
///
/// - Adds: `<disk type='file' device='cdrom'>` on a bus that the guest's cdroms use.
/// - Changes: `<os><boot dev='cdrom'>` becomes `<boot order>`, only where libvirt would take our cdrom for the one that is
///   meant.
/// - Leaves alone: everything else; the drive is never booted.
enum ConfigDrive: Transform {
    static let role = "configdrive"
    static let roles = [role]

    static let properties = [
        Property(
            "configdrive",
            summary: "give the guest a config drive: one that Hostler makes, or an ISO that is there",
            form: "on|off|/path/of.iso"
        ) { value in
            if value == "on" || value == "off" { return nil }
            guard value.hasPrefix("/") else {
                return "'\(Property.printable(value))' is neither on nor off nor the absolute path of an ISO"
            }
            return PathSyntax.complaint(file: value, noun: "an ISO")
        },
        Property(
            "configdrive_format",
            summary: "the layout of the drive that Hostler makes",
            form: "configdrive|nocloud",
            optionOf: "configdrive"
        ) { value in
            value == "configdrive" || value == "nocloud"
                ? nil : "'\(Property.printable(value))' is not a layout; there are configdrive and nocloud"
        },
    ]

    static func plan(_ values: PropertyValues, _ plan: inout Plan) throws(DomainXMLError) {
        let value = values["configdrive"] ?? "off"
        if value == "off" {
            try plan.refuseArtefact(role, because: "the property configdrive is \(values["configdrive"] ?? "not set")")
            return
        }
        let path = value == "on" ? try artefact(values, &plan) : try given(value, plan)
        plan.cdroms.append(
            OwnCdrom(role: role, type: "file", source: XMLFragment("source", ["file": path]), isBooted: false)
        )
    }

    /// An ISO that somebody else has made.
    private static func given(_ path: String, _ plan: Plan) throws(DomainXMLError) -> String {
        if plan.artefacts[role] != nil {
            throw DomainXMLError(
                .invalidProperty,
                "configdrive names an ISO, '\(Property.printable(path))', and an artefact for \(role) is given too"
            )
        }
        // Whoever may set a guest's properties could else read any file of the host through the guest.
        try plan.allowedURLs.check("file://" + path, property: "configdrive")
        return path
    }

    /// Where the drive that Hostler makes is: where the caller has put it, where it is already, or its usual place.
    private static func artefact(_ values: PropertyValues, _ plan: inout Plan) throws(DomainXMLError) -> String {
        let path: String
        if let given = try plan.artefact(role, noun: "an ISO") {
            path = given
        } else if let present = present(plan.domain) {
            path = present
        } else {
            path = try usualPath(plan.domain)
        }
        plan.usedArtefacts.append(
            DomainArtefact(role: role, path: path, format: values["configdrive_format"] ?? "configdrive")
        )
        return path
    }

    /// Where the drive that Hostler made is already. The ISO of a domain whose metadata names one is somebody else's, and
    /// one that is named after another guest is that guest's: a clone has the metadata and the disks of its original.
    private static func present(_ domain: Domain) -> String? {
        let recorded = Metadata(domain.root).ownProperties.first { $0.name == "configdrive" }?.text.trimmed
        guard let disk = domain.ownDisk(role)?.element, disk.attribute("type") == "file", recorded ?? "on" == "on"
        else { return nil }
        guard let path = disk.attribute("file", of: "source") else { return nil }
        return DomainArtefact.isNamed(PathSyntax.name(path), afterAnotherThan: domain) ? nil : path
    }

    private static func usualPath(_ domain: Domain) throws(DomainXMLError) -> String {
        guard let uuid = domain.root.child("uuid")?.text.trimmed, let path = DomainArtefact.configDrivePath(uuid: uuid)
        else {
            throw DomainXMLError(
                .impossible,
                "configdrive=on needs to know where the drive is: the domain has no <uuid> that it could be named after, "
                    + "so give an artefact for \(role)"
            )
        }
        return path
    }
}
