import Foundation

/// What libvirt would tell QEMU: the devices, and in which order they are booted.
struct QEMUArguments {
    struct Device: Equatable {
        /// What the device is about: a disk's source, an interface's MAC address, else the id that libvirt gave.
        let identity: String
        /// `ide-cd`, `virtio-net-pci`, …
        let driver: String
        fileprivate(set) var bootIndex: Int?
        /// Everything but the boot index and the numbers that libvirt gives out by counting disks.
        let properties: String
        let isOurs: Bool
    }

    let devices: [Device]

    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads the shell command line that `domxml-to-native` gives for `domain`, which is libvirt's own form of it.
    init(_ commandLine: String, domain: String) throws {
        let words = Self.words(commandLine)
        var options: [(option: String, value: [String: Any])] = []
        var floppyOrders: [Int: Int] = [:]
        for (option, value) in zip(words, words.dropFirst()) {
            if option == "-global", let match = value.firstMatch(of: /^isa-fdc.bootindex([AB])=([0-9]+)$/) {
                floppyOrders[match.1 == "A" ? 0 : 1] = Int(match.2)
            }
            if option != "-device" && option != "-blockdev" { continue }
            guard let value = try JSONSerialization.jsonObject(with: Data(value.utf8)) as? [String: Any] else {
                throw Unreadable(description: "\(option) without JSON: \(value)")
            }
            options.append((option, value))
        }
        var nodes: [String: [String: Any]] = [:]
        for (option, value) in options where option == "-blockdev" {
            nodes[value["node-name"] as? String ?? ""] = value
        }
        var values = options.filter { $0.option == "-device" }.map(\.value)
        for index in values.indices {
            for (unit, name) in ["bootindexA", "bootindexB"].enumerated() {
                if let order = values[index].removeValue(forKey: name) as? Int { floppyOrders[unit] = order }
            }
        }
        devices = values.map { value in
            var device = Self.device(value, nodes)
            if device.driver == "floppy" { device.bootIndex = floppyOrders[value["unit"] as? Int ?? 0] }
            if let order = Self.interfaceOrder(device.identity, domain) { device.bootIndex = order }
            return device
        }
    }

    /// What is booted, in order.
    var booted: [Device] {
        devices.filter { $0.bootIndex != nil }.sorted { ($0.bootIndex ?? 0) < ($1.bootIndex ?? 0) }
    }

    /// What `<boot order>` says of the interface with that MAC address. qemuConnectDomainXMLToNative makes new interfaces of
    /// all that would need something of the host, and forgets this; a real start does not (`virDomainNetDef.info`).
    private static func interfaceOrder(_ mac: String, _ domain: String) -> Int? {
        guard let start = domain.range(of: "<mac address='\(mac)'/>") else { return nil }
        let rest = domain[start.upperBound...]
        guard let end = rest.range(of: "</interface>"),
            let order = rest[..<end.lowerBound].firstMatch(of: /<boot order='([0-9]+)'/)
        else { return nil }
        return Int(order.1)
    }

    private static func device(_ value: [String: Any], _ nodes: [String: [String: Any]]) -> Device {
        var value = value
        let id = value["id"] as? String ?? ""
        var source: String?
        if let drive = value["drive"] as? String {
            source = nodes[drive].flatMap { Self.source($0, nodes) }
            value["drive"] = source ?? ""
        }
        let bootIndex = value.removeValue(forKey: "bootindex") as? Int
        // Written out because an absent medium has neither, and ids repeat what the rest says.
        value["id"] = id.hasPrefix("ua-") ? id : nil
        let properties = value.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
        return Device(
            identity: source ?? value["mac"] as? String ?? id,
            driver: value["driver"] as? String ?? "",
            bootIndex: bootIndex,
            properties: properties,
            isOurs: id.hasPrefix("ua-hostler-")
        )
    }

    /// The file, socket, device or URL at the end of a chain of block nodes.
    private static func source(_ node: [String: Any], _ nodes: [String: [String: Any]]) -> String? {
        for name in ["filename", "url"] {
            if let text = node[name] as? String { return text }
        }
        if let server = node["server"] as? [String: Any], let path = server["path"] as? String { return path }
        guard let next = node["file"] as? String, let below = nodes[next] else {
            return node["driver"].map { "\($0) \(node["portal"] ?? "") \(node["target"] ?? "") \(node["lun"] ?? "")" }
        }
        return source(below, nodes)
    }

    /// Splits as a shell does; libvirt quotes with `'` alone (`virBufferEscapeShell`).
    private static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        var isEscaped = false
        for character in line {
            if isEscaped {
                word.append(character)
                isEscaped = false
            } else if character == "'" {
                isQuoted.toggle()
            } else if character == "\\" && !isQuoted {
                isEscaped = true
            } else if character.isWhitespace && !isQuoted {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        return word.isEmpty ? words : words + [word]
    }
}
