import DomainXML
import Foundation

/// Tries one domain: attaches an ISO and takes it away, as the document is and as libvirt fills it in.
struct Trial {
    static let iso = "https://srv:8443/a.iso?t=1&x=2"
    static let otherISO = "https://srv:8443/b.iso?t=1&x=2"
    static let drive = "/srv/drives/a.iso"

    let libvirt: Libvirt
    let original: [UInt8]
    /// `original` as libvirt writes it.
    let dumped: [UInt8]
    /// What QEMU would be told of `original`.
    let arguments: QEMUArguments
    private(set) var failures: [String] = []

    /// - Throws: what libvirt says of a domain that it refuses already.
    init(_ original: [UInt8], _ libvirt: Libvirt) throws {
        self.libvirt = libvirt
        self.original = original
        dumped = try Self.settled(original, libvirt)
        arguments = try libvirt.arguments(original, dumped: dumped)
    }

    /// What libvirt makes of a domain in the end: what it wrote itself it may order otherwise when it reads it again
    /// (`virDomainControllerInsert`), and that is not of our making.
    static func settled(_ xml: [UInt8], _ libvirt: Libvirt) throws -> [UInt8] {
        try libvirt.define(libvirt.define(xml))
    }

    mutating func run() {
        leg("A: boot order") { try $0.bootOrder($0.original, $0.arguments) }
        leg("A of the dumped domain") { trial in
            let before = try trial.libvirt.arguments(trial.dumped, dumped: trial.dumped)
            return try trial.bootOrder(trial.dumped, before)
        }
        leg("B: idempotent") { trial in
            let set = try Self.set(trial.original)
            return Comparison.difference(try Self.set(set), set)
        }
        leg("B: undo") { Comparison.difference(try Self.unset(Self.set($0.original)), $0.original) }
        leg("C: nothing to do on libvirt's form") { trial in
            let set = try trial.libvirt.define(Self.set(trial.dumped))
            let again = try Self.set(set)
            return again == set ? nil : "not byte for byte: \(try Comparison.diff(again, set))"
        }
        leg("C: undo of libvirt's form") { trial in
            let set = try trial.libvirt.define(Self.set(trial.dumped))
            return Comparison.difference(try Self.unset(set), trial.dumped)
        }
        leg("D: undo of libvirt's form of the original") { trial in
            let set = try Self.settled(Self.set(trial.original), trial.libvirt)
            let unset = try Self.settled(Self.unset(set), trial.libvirt)
            // In which order controllers stand says nothing; libvirt puts those of a type together.
            let sorted = [unset, trial.dumped].map { Comparison.sortingControllers($0) }
            return Comparison.difference(sorted[0], sorted[1])
        }
        leg("E: another URL") { try $0.otherURL() }
        leg("F: bootorder by names") { try $0.reversedOrder() }
        leg("F: bootorder by classes") { try $0.classes() }
        leg("G: config drive") { try $0.configDrive([:]) }
        leg("G: both cdroms") { try $0.configDrive(["httpsisoboot": Self.iso]) }
        leg("H: template on the first disk") { try $0.template([:]) }
        leg("H: template on a new disk") { try $0.template(["template_disk": "vdzz"]) }
        leg("H: template, both cdroms, all orders") { try $0.everything() }
        leg("I: staged") { try $0.delivery("staged", Self.medium) }
        leg("I: cached") { try $0.delivery("cached", Self.socket) }
    }

    mutating func leg(_ name: String, _ body: (Trial) throws -> String?) {
        do {
            if let failure = try body(self) { failures.append("leg \(name): \(failure)") }
        } catch {
            failures.append("leg \(name): \(error)")
        }
    }

    // MARK: Legs

    /// The ISO first, all others in their order, and nothing else of the guest changed.
    private func bootOrder(_ xml: [UInt8], _ before: QEMUArguments) throws -> String? {
        let set = try Self.set(xml)
        let after = try libvirt.arguments(set)
        let expected = ["https://srv:8443/a.iso?t=1&x=2"] + before.booted.map(\.identity)
        if after.booted.map(\.identity) != expected {
            return "boots \(after.booted.map(\.identity)) instead of \(expected)"
        }
        return otherChange(before, after)
    }

    /// What changed besides our devices and the boot order.
    func otherChange(_ before: QEMUArguments, _ after: QEMUArguments) -> String? {
        let old = before.devices.map(\.properties)
        let new = after.devices.filter { !$0.isOurs }.map(\.properties)
        if old.sorted() == new.sorted() { return nil }
        return "devices: " + (Comparison.difference(Self.lines(new.sorted()), Self.lines(old.sorted())) ?? "")
    }

    private static func lines(_ list: [String]) -> [UInt8] { Array((list.joined(separator: "\n") + "\n").utf8) }

    /// A second cdrom that is never booted, by itself and behind the ISO; the boot order is as without it.
    private func configDrive(_ others: [String: String]) throws -> String? {
        let all = others.merging(["configdrive": Self.drive]) { $1 }
        let set = try Self.transform(original, all)
        let after = try libvirt.arguments(set)
        let expected = others.values.sorted() + arguments.booted.map(\.identity)
        // A domain that boots from a cdrom alone, and has none, cannot say that it boots from nothing.
        if after.booted.map(\.identity) != expected, !(expected.isEmpty && after.booted.map(\.identity) == [Self.drive])
        {
            return "boots \(after.booted.map(\.identity)) instead of \(expected)"
        }
        let ours = after.devices.filter { $0.isOurs && $0.identity == Self.drive }
        if ours.count != 1 { return "has \(ours.count) config drives" }
        if let change = otherChange(arguments, after) { return change }
        if let change = Comparison.difference(try Self.transform(set, all), set) { return "again: " + change }
        let names = Array(all.keys)
        if let change = Comparison.difference(try Self.unset(set, names), original) { return "undo: " + change }
        let settled = try Self.settled(set, libvirt)
        if try Self.transform(settled, all) != settled { return "not settled in libvirt's form" }
        let gone = [try Self.settled(Self.unset(settled, names), libvirt), dumped].map {
            Comparison.sortingControllers($0)
        }
        return Comparison.difference(gone[0], gone[1]).map { "undo of libvirt's form: " + $0 }
    }

    private func otherURL() throws -> String? {
        let set = String(decoding: try Self.set(original), as: UTF8.self)
        let changed = try Self.transform(Array(set.utf8), ["httpsisoboot": Self.otherISO])
        return Comparison.difference(changed, Array(set.replacing("/a.iso", with: "/b.iso").utf8))
    }

    /// All that boots, the other way round.
    private func reversedOrder() throws -> String? {
        let devices = try DomainTransformer.inspect(original).bootOrder
        let names = devices.map { String($0.split(separator: " ").last ?? "") }
        if names.isEmpty || names.contains(where: { $0.contains("dev:") }) { return nil }
        let order = names.reversed().joined(separator: ",")
        let set = try Self.transform(original, ["bootorder": order])
        let after = try libvirt.arguments(set)
        let expected = Array(arguments.booted.map(\.identity).reversed())
        if after.booted.map(\.identity) != expected {
            return "bootorder=\(order) boots \(after.booted.map(\.identity)) instead of \(expected)"
        }
        if let change = otherChange(arguments, after) { return change }
        let both = try Self.transform(original, ["bootorder": order, "httpsisoboot": Self.iso])
        let booted = try libvirt.arguments(both).booted.map(\.identity)
        if Array(booted.dropFirst()) != expected {
            return "with an ISO, bootorder=\(order) boots \(booted)"
        }
        let dumped = try Self.unset(libvirt.define(Self.transform(self.dumped, ["bootorder": order])), ["bootorder"])
        return try Comparison.difference(Self.unset(set, ["bootorder"]), original)
            ?? Comparison.difference(Self.unset(both, ["bootorder", "httpsisoboot"]), original)
            ?? Comparison.difference(dumped, self.dumped)
    }

    /// Each class in front.
    private func classes() throws -> String? {
        let drivers: [String: (String) -> Bool] = [
            "cdrom": { $0.hasSuffix("-cd") || $0 == "usb-storage" },
            "fd": { $0 == "floppy" },
            "network": { ["net", "e1000", "rtl8139", "lan"].contains(where: $0.contains) },
        ]
        let text = String(decoding: dumped, as: UTF8.self)
        let marks = ["cdrom": "device='cdrom'", "fd": "device='floppy'", "network": "<interface "]
        for (name, mark) in marks {
            let isThere = text.contains(mark)
            do {
                let set = try Self.transform(original, ["bootorder": name])
                if !isThere { return "bootorder=\(name) is taken, though there is none" }
                let first = try libvirt.arguments(set).booted.first?.driver ?? "nothing"
                if drivers[name]?(first) != true { return "bootorder=\(name) boots \(first) first" }
                if let change = Comparison.difference(try Self.unset(set, ["bootorder"]), original) { return change }
            } catch let error as DomainXMLError where !isThere && error.message.contains("no device matches") {
                continue
            }
        }
        return nil
    }

    // MARK: Transforms

    static func set(_ xml: [UInt8]) throws -> [UInt8] { try transform(xml, ["httpsisoboot": iso]) }

    static func unset(_ xml: [UInt8], _ names: [String] = ["httpsisoboot"]) throws -> [UInt8] {
        try DomainTransformer.transform(xml, TransformRequest(unset: names)).xml
    }

    static func transform(
        _ xml: [UInt8],
        _ properties: [String: String],
        artefacts: [String: String] = [:]
    ) throws -> [UInt8] {
        let values = properties.map { PropertyValue(name: $0.key, value: $0.value, source: .commandLine) }
        let request = TransformRequest(properties: values, artefacts: artefacts)
        return try DomainTransformer.transform(xml, request).xml
    }
}
