/// Which disk of a domain a template is for.
struct TemplateDisk {
    let domain: Domain
    let record: UndoRecord
    let scope: TransformRequest.Scope

    /// - Parameter name: the value of `template_disk`.
    /// - Throws: `invalidProperty` for a name that no disk has or can have, `impossible` for a disk that cannot be an image.
    func choose(_ name: String?) throws(DomainXMLError) -> OwnImage.Place {
        if let disk = present(name) {
            // What somebody has made of a disk since it is ours is theirs, and stays.
            let isOurs =
                record.disks.contains { $0.target == disk.target } || disk.alias == Domain.aliasPrefix + Template.role
            if !isOurs { try check(disk, isNamed: name != nil) }
            // Its type and its driver cannot become others while the guest is on its way.
            return scope == .everything || isOurs ? .disk(disk) : .absent
        }
        // A disk of ours that somebody has taken away comes back under its name, and in no other's place.
        var target = name ?? record.disks.first?.target
        if domain.disks.contains(where: { $0.target == target }) { target = nil }
        if let target { try check(target: target) }
        if scope == .abiStable { return .absent }
        var slots = DriveSlots(domain)
        return .new(try slots.takeDisk(named: target))
    }

    private func present(_ name: String?) -> Disk? {
        if let name { return domain.disks.first { $0.target == name } ?? domain.disks.first { $0.alias == name } }
        if let own = domain.ownDisk(Template.role) { return own }
        // What bears the name of a drive of ours goes with that drive.
        let others = domain.disks.filter { !Domain.isOwnCdrom($0.alias) }
        if let record = record.disks.first { return others.first { $0.target == record.target } }
        return others.first { $0.device == "disk" }
    }

    private func check(_ disk: Disk, isNamed: Bool) throws(DomainXMLError) {
        let shown = Property.printable(disk.target)
        if disk.device != "disk" {
            throw DomainXMLError(
                .invalidProperty,
                "template_disk: \(shown) is a \(Property.printable(disk.device)), not a disk; \(inventory)"
            )
        }
        if Domain.isOwnCdrom(disk.alias) {
            throw DomainXMLError(.invalidProperty, "template_disk: \(shown) is a drive that Hostler adds; \(inventory)")
        }
        let type = disk.element.attribute("type") ?? "file"
        let hint = isNamed ? "" : ": name another one with template_disk"
        if ["vhostuser", "vhostvdpa"].contains(type) {
            throw DomainXMLError(
                .impossible,
                "disk \(shown) is of type \(type), which is another process's and cannot be made of a template\(hint)"
            )
        }
        if disk.element.child("source")?.child("cookies") != nil {
            // They are secrets, which libvirt hides, and metadata is for everybody to read.
            throw DomainXMLError(
                .impossible,
                "disk \(shown) is read with cookies, which are a secret that cannot be kept for when template is unset\(hint)"
            )
        }
        if disk.element.child("shareable") != nil {
            throw DomainXMLError(
                .impossible,
                "disk \(shown) is shareable, which libvirt allows for raw images alone, and a template makes a qcow2\(hint)"
            )
        }
    }

    private func check(target: String) throws(DomainXMLError) {
        let isLegal =
            ["vd", "sd", "hd"].contains { target.hasPrefix($0) }
            && target.utf8.allSatisfy { !(0x30...0x39).contains($0) }
        if isLegal && TargetName.index(of: target) != nil { return }
        throw DomainXMLError(
            .invalidProperty,
            "template_disk: no disk is called '\(Property.printable(target))', and none can be added under a name that "
                + "is not like vda, sda or hda; \(inventory)"
        )
    }

    private var inventory: String {
        let disks = domain.disks.filter { $0.device == "disk" && !Domain.isOwnCdrom($0.alias) }
        let names = disks.flatMap { [$0.target] + ($0.alias.map { [$0] } ?? []) }
        return names.isEmpty ? "the domain has no disk" : "there are \(names.joined(separator: ", "))"
    }
}
