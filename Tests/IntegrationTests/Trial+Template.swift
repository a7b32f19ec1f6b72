import DomainXML

/// The legs of what Hostler makes for a guest: images, and ISOs that are no longer read from their server.
extension Trial {
    static let image = "/srv/images/a.qcow2"
    static let medium = "/srv/media/a.iso"
    static let socket = "/run/nbd/a.sock"
    private static let templateURL = "https://srv:8443/t.qcow2"

    /// An image on a disk that is there, or on a new one: what boots, boots in its order, and nothing else changes.
    func template(_ options: [String: String]) throws -> String? {
        let all = options.merging(["template": Self.templateURL]) { $1 }
        let set: [UInt8]
        do {
            set = try Self.transform(original, all, artefacts: ["template": Self.image])
        } catch let error as DomainXMLError where error.code == .impossible && Self.isKnownLimit(error, options) {
            return nil
        }
        let device = try DomainTransformer.inspect(set).devices.first { $0.role == "template" }
        guard let device, device.source == Self.image else { return "the summary has no disk with the image" }
        let after = try libvirt.arguments(set)
        let images = after.devices.filter { $0.identity == Self.image }
        if images.count != 1 { return "has \(images.count) disks with the image" }
        if let change = images[0].isOurs ? added(after) : taken(after) { return change }
        return try roundTrip(set, all)
    }

    /// Machines without virtio have no place for a disk of that name, and some disks cannot be images.
    private static func isKnownLimit(_ error: DomainXMLError, _ options: [String: String]) -> Bool {
        error.message.contains("is shareable") || error.message.contains("no place for a disk 'vdzz'")
            || error.message.contains("no free place") || error.message.contains("no bus for a cdrom")
    }

    /// A disk that is new: the others are what they were, and boot in their order.
    private func added(_ after: QEMUArguments) -> String? {
        let booted = after.booted.map(\.identity)
        let expected = arguments.booted.map(\.identity)
        if booted.filter({ $0 != Self.image }) != expected { return "boots \(booted) instead of \(expected)" }
        // Where devices have orders it is the last.
        if let place = booted.firstIndex(of: Self.image), place != booted.count - 1,
            String(decoding: original, as: UTF8.self).contains("<boot order=")
        {
            return "boots \(booted), the new disk before others"
        }
        return otherChange(arguments, after)
    }

    /// A disk that was there: it has the image, in its place, and nothing else of it changes.
    private func taken(_ after: QEMUArguments) -> String? {
        let places = zip(arguments.booted, after.booted).filter { $0.identity != $1.identity }
        if arguments.booted.count != after.booted.count || places.contains(where: { $1.identity != Self.image }) {
            return "boots \(after.booted.map(\.identity)) instead of \(arguments.booted.map(\.identity))"
        }
        let gone = arguments.devices.filter { old in !after.devices.contains { $0.identity == old.identity } }
        guard gone.count == 1, let old = gone.first?.identity else { return "\(gone.count) disks are gone" }
        let before = arguments.devices.map { $0.properties.replacing("drive=" + old, with: "drive=" + Self.image) }
        let now = after.devices.map(\.properties)
        if before.sorted() == now.sorted() { return nil }
        return
            "devices: \(now.sorted().filter { !before.contains($0) }) instead of \(before.filter { !now.contains($0) })"
    }

    /// Image, ISO and config drive at once, with an order that names them.
    func everything() throws -> String? {
        let properties = [
            "template": Self.templateURL, "httpsisoboot": Self.iso, "httpsisoboot_delivery": "staged",
            "configdrive": Self.drive, "bootorder": "ua-hostler-httpsisoboot,hd",
        ]
        let artefacts = ["template": Self.image, "httpsisoboot": Self.medium]
        let set: [UInt8]
        do {
            set = try Self.transform(original, properties, artefacts: artefacts)
        } catch let error as DomainXMLError where Self.isKnownLimit(error, [:]) {
            return nil
        }
        let after = try libvirt.arguments(set)
        if after.booted.first?.identity != Self.medium { return "boots \(after.booted.map(\.identity))" }
        if after.booted.count < 2 { return "boots nothing behind the ISO" }
        return try roundTrip(set, properties)
    }

    /// The ISO first, from where Hostler serves it; the way of delivery can change in place.
    func delivery(_ way: String, _ path: String) throws -> String? {
        let properties = ["httpsisoboot": Self.iso, "httpsisoboot_delivery": way]
        let set = try Self.transform(original, properties, artefacts: ["httpsisoboot": path])
        let after = try libvirt.arguments(set)
        let expected = [path] + arguments.booted.map(\.identity)
        if after.booted.map(\.identity) != expected {
            return "boots \(after.booted.map(\.identity)) instead of \(expected)"
        }
        if let change = otherChange(arguments, after) { return change }
        let direct = try Self.transform(libvirt.define(set), ["httpsisoboot_delivery": "direct"])
        if let first = try libvirt.arguments(direct).booted.first, first.identity != Self.iso {
            return "direct again, it boots \(first.identity)"
        }
        return try roundTrip(set, properties)
    }

    /// Idempotent and undone, as it is and as libvirt writes it.
    private func roundTrip(_ set: [UInt8], _ properties: [String: String]) throws -> String? {
        let names = Array(properties.keys)
        if let change = Comparison.difference(try Self.transform(set, properties), set) { return "again: " + change }
        if let change = Comparison.difference(try Self.unset(set, names), original) { return "undo: " + change }
        let settled = try Self.settled(set, libvirt)
        if let change = Comparison.difference(try Self.transform(settled, properties), settled) {
            return "not settled in libvirt's form: " + change
        }
        let gone = [try Self.settled(Self.unset(settled, names), libvirt), dumped].map {
            Comparison.sortingControllers($0)
        }
        if let change = Comparison.difference(gone[0], gone[1]) { return "undo of libvirt's form: " + change }
        // Of libvirt's own form, nothing at all is left.
        let paths = ["template": Self.image, "httpsisoboot": Self.medium].filter { role, _ in
            properties[role] != nil && (role == "template" || properties["httpsisoboot_delivery"] != "direct")
        }
        let again = try libvirt.define(Self.transform(dumped, properties, artefacts: paths))
        return Comparison.difference(try Self.unset(again, names), dumped).map { "undo of a dumped domain: " + $0 }
    }
}
