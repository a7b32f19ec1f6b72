/// The values that networks are made of.
extension Field {
    func address(_ family: IPAddress.Family? = nil) throws(ConfigDriveError) -> IPAddress {
        let text = try text()
        guard let address = IPAddress(text), family == nil || family == address.family else {
            throw error("\(name) is \(shown(text)), but has to be an \(family?.name ?? "IP") address")
        }
        return address
    }

    /// An address that a host can have, with the length of its prefix.
    func interfaceAddress(netmask: Field? = nil) throws(ConfigDriveError) -> IPPrefix {
        let prefix = try self.prefix(netmask: netmask)
        try checkHost(prefix.address)
        return prefix
    }

    /// A gateway.
    func gateway(_ family: IPAddress.Family? = nil) throws(ConfigDriveError) -> IPAddress {
        let address = try address(family)
        try checkHost(address)
        return address
    }

    /// A destination: a network without bits of a host.
    func destination(netmask: Field? = nil) throws(ConfigDriveError) -> IPPrefix {
        let prefix = try self.prefix(netmask: netmask)
        if prefix != prefix.network {
            throw error("\(name) is \(shown(prefix.text)), which is no network; \(prefix.network.text) would be one")
        }
        return prefix
    }

    /// - Parameter netmask: where the mask is a field of its own, as an address or as a length.
    private func prefix(netmask: Field?) throws(ConfigDriveError) -> IPPrefix {
        let text = try text()
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let address = IPAddress(parts[0]) else {
            throw error(
                "\(name) is \(shown(text)), but has to be an IP address" + (netmask == nil ? " with its prefix" : "")
            )
        }
        let width = address.family.width
        if parts.count == 2 {
            let digits = parts[1]
            let isPlain = !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
            guard isPlain, let length = Int(digits), length <= width else {
                throw error("the prefix of \(name) is \(shown(digits)), but has to be a number from 0 to \(width)")
            }
            return IPPrefix(address, length: length)
        }
        guard let netmask else {
            throw error(
                "\(name) is \(shown(text)), which lacks its prefix; \(text)/\(width == 32 ? 24 : 64) for example"
            )
        }
        let mask = try netmask.text()
        let length = IPAddress(mask).flatMap { $0.family == address.family ? $0.prefixOfMask : nil } ?? Int(mask)
        guard let length, (0...width).contains(length) else {
            throw netmask.error("\(netmask.name) is \(shown(mask)), which is no \(address.family.name) netmask")
        }
        return IPPrefix(address, length: length)
    }

    private func checkHost(_ address: IPAddress) throws(ConfigDriveError) {
        if address.isUnspecified || address.isMulticast || address.isLoopback {
            throw error("\(name) is \(shown(address.text)), which is no address that a host on a network can have")
        }
    }

    /// - Returns: `xx:xx:xx:xx:xx:xx`, lower-case.
    func mac() throws(ConfigDriveError) -> String {
        let text = try text()
        let pairs = text.lowercased().split(separator: text.contains("-") ? "-" : ":", omittingEmptySubsequences: false)
        let isMAC =
            pairs.count == 6
            && pairs.allSatisfy { pair in
                pair.utf8.count == 2
                    && pair.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
            }
        if !isMAC { throw error("\(name) is \(shown(text)), but has to be a MAC such as 52:54:00:12:34:56") }
        return pairs.joined(separator: ":")
    }

    /// A name that Linux takes for an interface: at most 15 bytes, none of them a blank, a slash or a colon.
    func interfaceName() throws(ConfigDriveError) -> String {
        let text = try text()
        try Self.checkInterfaceName(text, self)
        return text
    }

    static func checkInterfaceName(_ text: String, _ field: Field) throws(ConfigDriveError) {
        let allowed = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"/:%\"'\\".utf8.contains($0) }
        if text.isEmpty || text.utf8.count > 15 || !allowed || text == "." || text == ".." {
            throw field.error(
                "\(shown(text)) cannot be the name of an interface: at most 15 letters, digits, '.', '-' and '_'"
            )
        }
    }

    /// A search domain, as DNS allows it (RFC 1035: 253 characters, letters, digits, hyphens; and the underscore).
    func domain() throws(ConfigDriveError) -> String {
        let text = try text()
        let labels = (text.hasSuffix(".") ? text.dropLast() : text[...]).split(
            separator: ".",
            omittingEmptySubsequences: false
        )
        let isDomain =
            text.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count)
                    && label.unicodeScalars.allSatisfy {
                        $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_".unicodeScalars.contains($0))
                    }
            }
        if !isDomain { throw error("\(name) is \(shown(text)), which is no domain name") }
        return text
    }

    /// In bytes; from IPv4's least (RFC 791) to what a packet can have.
    func mtu() throws(ConfigDriveError) -> Int { try integer(68...65535) }

    /// A list, or blanks between the values of one text as network-config version 1 allows.
    func list<Value>(
        _ read: (Field) throws(ConfigDriveError) -> Value
    ) throws(ConfigDriveError) -> [Value] {
        var result: [Value] = []
        for item in try items() { result.append(try read(item)) }
        return result
    }
}
