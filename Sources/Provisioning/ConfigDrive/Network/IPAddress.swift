internal import Glibc

/// An IPv4 or IPv6 address, read by `inet_pton` and spelled by `inet_ntop`.
struct IPAddress: Hashable, Sendable {
    enum Family: Int, Sendable {
        case v4 = 32
        case v6 = 128

        /// Bits of an address.
        var width: Int { rawValue }
        var name: String { self == .v4 ? "IPv4" : "IPv6" }
        fileprivate var number: Int32 { self == .v4 ? AF_INET : AF_INET6 }
    }

    let family: Family
    /// In network order: 4 or 16.
    let bytes: [UInt8]

    /// - Returns: `nil` where `text` is no address. That includes IPv4 in IPv6 clothes (`::ffff:10.0.0.1`), which no
    ///   interface, route or name server is given by.
    init?(_ text: String) {
        let family: Family = text.utf8.contains(UInt8(ascii: ":")) ? .v6 : .v4
        var bytes = [UInt8](repeating: 0, count: family.width / 8)
        if text.utf8.contains(0) || inet_pton(family.number, text, &bytes) != 1 { return nil }
        self.init(family, bytes)
        if family == .v6 && self.text.utf8.contains(UInt8(ascii: ".")) { return nil }
    }

    /// - Parameter bytes: in network order, as many as `family` has.
    init(_ family: Family, _ bytes: [UInt8]) {
        self.family = family
        self.bytes = bytes
    }

    /// The address of `prefix` ones and then zeros, as netmasks are written.
    static func mask(_ family: Family, prefix: Int) -> IPAddress {
        IPAddress(
            family,
            (0..<family.width / 8).map { index in
                UInt8(truncatingIfNeeded: 0xFF00 >> min(max(prefix - 8 * index, 0), 8))
            }
        )
    }

    /// The canonical spelling (RFC 5952 for IPv6).
    var text: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family.number, bytes, &buffer, socklen_t(buffer.count)) != nil else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func masked(to prefix: Int) -> IPAddress {
        IPAddress(family, zip(bytes, Self.mask(family, prefix: prefix).bytes).map { $0 & $1 })
    }

    /// The length of a netmask; `nil` where the ones are not all in front.
    var prefixOfMask: Int? {
        let length = bytes.reduce(0) { $0 + $1.nonzeroBitCount }
        return self == Self.mask(family, prefix: length) ? length : nil
    }

    var isUnspecified: Bool { bytes.allSatisfy { $0 == 0 } }
    var isMulticast: Bool { family == .v4 ? bytes[0] & 0xF0 == 0xE0 : bytes[0] == 0xFF }
    var isLoopback: Bool { family == .v4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1 }
    /// `fe80::/10`, which is on every link.
    var isLinkLocalV6: Bool { family == .v6 && bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80 }
}

/// An address and how much of it is the network's: `192.0.2.5/24`.
struct IPPrefix: Hashable, Sendable {
    let address: IPAddress
    let length: Int

    init(_ address: IPAddress, length: Int) {
        self.address = address
        self.length = length
    }

    static func everything(_ family: IPAddress.Family) -> IPPrefix {
        IPPrefix(.mask(family, prefix: 0), length: 0)
    }

    var family: IPAddress.Family { address.family }
    var text: String { "\(address.text)/\(length)" }
    var netmask: IPAddress { .mask(family, prefix: length) }
    /// Without the bits of the host.
    var network: IPPrefix { IPPrefix(address.masked(to: length), length: length) }

    func contains(_ other: IPAddress) -> Bool {
        other.family == family && other.masked(to: length) == network.address
    }
}
