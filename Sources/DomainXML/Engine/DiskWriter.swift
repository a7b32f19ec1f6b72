/// Puts our image on a disk of the domain, and gives disks back what they had.
///
/// An image that somebody has changed since is theirs: a disk whose source is not the file that the record names (after a
/// snapshot, a block copy, an edit) keeps what it has, whether `template` is set, set otherwise or unset.
struct DiskWriter {
    struct Result {
        /// The disks that have an image of ours.
        var record: [UndoRecord.Disk] = []
        /// The controllers that libvirt adds on account of a new disk.
        var controllers: [UndoRecord.ControllerName] = []
        var pending: [String] = []
        var warnings: [String] = []
    }

    private let domain: Domain
    private let scope: TransformRequest.Scope
    private let old: UndoRecord
    private(set) var editor: XMLEditor
    private(set) var result = Result()

    init(_ plan: Plan) {
        domain = plan.domain
        scope = plan.scope
        old = UndoRecord(Metadata(plan.domain.root))
        editor = XMLEditor(plan.domain.document)
    }

    /// Makes the disks what they are to be.
    mutating func write(_ image: OwnImage?) {
        var wanted: Disk?
        if let image, case .disk(let disk) = image.place { wanted = disk }
        for record in old.disks where record.target != wanted?.target {
            if scope == .abiStable {
                result.record.append(record)
            } else if let disk = domain.disks.first(where: { $0.target == record.target }) {
                restore(disk, record)
            }
        }
        if scope == .everything, let own = domain.ownDisk(Template.role), own.target != wanted?.target,
            !old.disks.contains(where: { $0.target == own.target })
        {
            editor.remove(own.element)
        }
        warnOfDamage()
        guard let image else { return }
        switch image.place {
        case .disk(let disk):
            if let record = old.disks.first(where: { $0.target == disk.target }) {
                update(disk, record, image)
            } else if Domain.isOwn(disk.alias) {
                update(disk, .init(target: disk.target, path: disk.file ?? image.path, before: nil), image)
            } else {
                take(disk, image)
            }
        case .new(let slot): add(slot, image)
        case .absent: result.pending.append(Template.role)
        }
    }

    // MARK: Setting

    private mutating func add(_ slot: DriveSlot, _ image: OwnImage) {
        // Where devices have an order it comes behind them; else the classes of <os><boot dev> lead to it.
        var order: Int?
        if BootPlanner(domain: domain, record: old).base.isPerDevice {
            let own = domain.disks.compactMap { $0.element.attribute("order", of: "boot").flatMap { Int($0) } }
            let highest = (domain.bootDevices.compactMap(\.order) + own).max() ?? 0
            order = highest < Int(UInt32.max) ? highest + 1 : nil
        }
        let alias = Domain.aliasPrefix + Template.role + OwnCdrom.controllerSuffix
        editor.insert([(image.fragment(slot, bootOrder: order), slot.controllerFragment(alias: alias))], into: domain)
        result.controllers = slot.impliedControllers
        result.record.append(.init(target: slot.target, path: image.path, before: nil))
        result.pending.append(Template.role)
    }

    private mutating func update(_ disk: Disk, _ record: UndoRecord.Disk, _ image: OwnImage) {
        guard disk.holds(record.path) || disk.holds(image.path) else {
            result.record.append(record)
            return
        }
        var isChanged = false
        if !disk.holds(image.path), let source = disk.element.child("source") {
            editor.setAttribute("file", to: image.path, in: source)
            isChanged = true
        }
        if scope == .everything && setDriver(disk) { isChanged = true }
        if isChanged { result.pending.append(Template.role) }
        result.record.append(.init(target: record.target, path: image.path, before: record.before))
    }

    private mutating func take(_ disk: Disk, _ image: OwnImage) {
        let element = disk.element
        let driver = element.child("driver").map { driver in
            UndoRecord.Driver(name: driver.attribute("name"), type: driver.attribute("type"))
        }
        let fragment = XMLFragment("source", ["file": image.path])
        var elements: [UndoRecord.Element] = []
        if let source = element.child("source") {
            elements.append(.init(source, placement: nil))
            editor.replace(source, with: fragment)
        } else if let target = element.child("target") {
            editor.insert(fragment, before: target)
        }
        for child in places(element, besides: nil).displaced() {
            elements.append(.init(child.element, placement: child.placement))
            editor.remove(child.element)
        }
        _ = setDriver(disk)
        let before = UndoRecord.Displaced(type: element.attribute("type"), driver: driver, elements: elements)
        if before.type != "file" { editor.setAttribute("type", to: "file", in: element) }
        result.record.append(.init(target: disk.target, path: image.path, before: before))
        result.pending.append(Template.role)
    }

    /// - Returns: whether it was another.
    private mutating func setDriver(_ disk: Disk) -> Bool {
        guard let driver = disk.element.child("driver") else {
            guard let place = disk.element.child("source") ?? disk.element.child("target") else { return false }
            editor.insert(XMLFragment("driver", ["name": "qemu", "type": "qcow2"]), before: place)
            return true
        }
        if driver.attribute("name") == "qemu" && driver.attribute("type") == "qcow2" { return false }
        editor.setAttribute("name", to: "qemu", in: driver)
        editor.setAttribute("type", to: "qcow2", in: driver)
        return true
    }

    /// What is displaced besides `<source>`, which ours takes the place of.
    private func places(_ disk: XMLElement, besides driver: XMLElement?) -> ElementPlaces {
        ElementPlaces(
            parent: disk,
            editor: editor,
            isDisplaced: { child in
                child == driver
                    || child.node.namespace == 0 && !child.isNamed("source")
                        && UndoRecord.Element.names.contains(child.name)
            },
            predecessors: { UndoRecord.Element.predecessors($0) }
        )
    }

    // MARK: Undoing

    private mutating func warnOfDamage() {
        for element in Metadata(domain.root).undo.map({ Array($0.children) }) ?? []
        where element.name == "disk" && UndoRecord.Disk(element) == nil {
            result.warnings.append(
                "the record of what disk \(Property.printable(element.attribute("target") ?? "")) had before template "
                    + "(\(element.place)) is damaged, so it cannot get that back"
            )
        }
    }

    private mutating func restore(_ disk: Disk, _ record: UndoRecord.Disk) {
        guard disk.holds(record.path) else {
            // Without its alias it is a disk of the domain's own from now on.
            if Domain.isOwn(disk.alias), let alias = disk.element.child("alias") { editor.remove(alias) }
            result.warnings.append(
                "disk \(Property.printable(disk.target)) has another source by now than the one that template gave it, "
                    + "so it stays as it is, and what it had before template is forgotten"
            )
            return
        }
        guard let before = record.before else {
            editor.remove(disk.element)
            return
        }
        let element = disk.element
        let added = before.driver == nil ? element.child("driver") : nil
        let places = places(element, besides: added)
        for child in element.children where places.isDisplaced(child) && child != added { editor.remove(child) }
        restoreDriver(element, before.driver)
        if let source = element.child("source") {
            if let text = before.elements.first(where: { $0.name == "source" })?.text {
                editor.replace(source, withElement: text)
            } else {
                editor.remove(source)
            }
        }
        for displaced in before.elements where displaced.name != "source" {
            let place = places.place(displaced.placement, name: displaced.name)
            editor.insert(place.space + displaced.text, at: place.offset)
        }
        if let type = before.type {
            editor.setAttribute("type", to: type, in: element)
        } else {
            editor.removeAttribute("type", in: element)
        }
    }

    private mutating func restoreDriver(_ element: XMLElement, _ before: UndoRecord.Driver?) {
        guard let driver = element.child("driver") else { return }
        let isBare = driver.children.first { _ in true } == nil && driver.attributes.count <= 2
        if before == nil && isBare {
            editor.remove(driver)
            return
        }
        // What others have added to it since is theirs.
        for (name, value) in [("name", before?.name), ("type", before?.type)] {
            if let value {
                editor.setAttribute(name, to: value, in: driver)
            } else {
                editor.removeAttribute(name, in: driver)
            }
        }
    }
}

extension UndoRecord.Element {
    /// What libvirt writes in front of an element of a disk that is displaced (virDomainDiskDefFormat).
    static func predecessors(_ name: String) -> Set<String> {
        switch name {
        case "auth": []
        case "encryption":
            [
                "driver", "source", "backenddomain", "geometry", "blockio", "target", "iotune", "readonly", "shareable",
                "transient", "serial", "wwn", "vendor", "product",
            ]
        default: ["driver", "source"]
        }
    }
}

extension Disk {
    /// The file that it is on, where it is on one.
    var file: String? {
        (element.attribute("type") ?? "file") == "file" ? element.attribute("file", of: "source") : nil
    }

    func holds(_ path: String) -> Bool { String.isSame(file, path) }
}
