/// From which addresses downloads may be made.
///
/// What only this host, its links or its cloud can reach is refused: whoever names a URL would otherwise read through us
/// what is not meant for them. Private networks are where image servers are, and are not refused.
struct AddressPolicy: Sendable {
    /// Where the operator of a host says what is allowed; messages name it.
    static let file = "/etc/hostler/allowed_cidrs"

    private let allowed: [IPPrefix]

    /// - Parameter allowedCIDRs: `10.0.0.0/8`, `fd00::/8`, or one address.
    /// - Throws: `badInput` with the entry that is no network.
    init(allowedCIDRs: [String]) throws(DownloadError) {
        var allowed: [IPPrefix] = []
        for text in allowedCIDRs {
            guard let prefix = Self.parse(text) else {
                throw DownloadError(
                    .badInput,
                    "'\(DisplayURL.printable(text))' in \(Self.file) is not a network; write it like 127.0.0.0/8 or ::1/128"
                )
            }
            allowed.append(prefix)
        }
        self.allowed = allowed
    }

    /// - Returns: what kind of address it is that nothing may be read from; `nil` for one that is fine.
    func refusal(_ address: IPAddress) -> String? {
        let inner = Self.inner(address)
        if allowed.contains(where: { $0.contains(address) || $0.contains(inner) }) { return nil }
        return Self.special.first { entry in entry.networks.contains { $0.contains(inner) } }?.kind
    }

    /// Checks a host that is written as an address; names pass, since only their addresses tell.
    func check(host: String) throws(DownloadError) {
        guard let address = Self.address(host) else { return }
        if let kind = refusal(address) { throw Self.error(host: host, address: address, kind: kind) }
    }

    /// - Parameter host: whose address it is, as the URL has it.
    func check(address numeric: String, of host: String) throws(DownloadError) {
        guard let address = Self.address(numeric) else {
            throw DownloadError(
                .refusedAddress,
                "'\(DisplayURL.printable(numeric))' is not an address that can be checked"
            )
        }
        if let kind = refusal(address) { throw Self.error(host: host, address: address, kind: kind) }
    }

    static func error(host: String, address: IPAddress, kind: String) -> DownloadError {
        let where_ =
            host == address.text
            ? "'\(DisplayURL.printable(host))'" : "'\(DisplayURL.printable(host))' (\(address.text))"
        return DownloadError(
            .refusedAddress,
            "\(where_) is \(kind), from which nothing is downloaded; where that is meant, put \(address.text) or its "
                + "network into \(file)"
        )
    }

    /// An address as a URL may have it, IPv4 in IPv6 clothes included.
    static func address(_ text: String) -> IPAddress? {
        let text = text.prefix { $0 != "%" }
        if let address = IPAddress(String(text)) { return address }
        for clothes in ["::ffff:", "::"] where text.lowercased().hasPrefix(clothes) {
            if let v4 = IPAddress(String(text.dropFirst(clothes.count))), v4.family == .v4 {
                return IPAddress(.v6, [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + v4.bytes)
            }
        }
        return nil
    }

    /// The IPv4 address that an IPv6 address stands for (RFC 4291, 2.5.5; RFC 6052, 2.1); else the address itself.
    private static func inner(_ address: IPAddress) -> IPAddress {
        guard address.family == .v6 else { return address }
        let isMapped = address.bytes.prefix(10).allSatisfy { $0 == 0 } && address.bytes[10...11] == [0xFF, 0xFF]
        let isTranslated = address.bytes.prefix(12) == [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
        return isMapped || isTranslated ? IPAddress(.v4, Array(address.bytes.suffix(4))) : address
    }

    static func parse(_ text: String) -> IPPrefix? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(String(first)) else { return nil }
        if parts.count == 1 { return IPPrefix(address, length: address.family.width) }
        let digits = parts[1]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(digits),
            length <= address.family.width
        else { return nil }
        return IPPrefix(address, length: length).network
    }

    /// The metadata addresses are those of OpenStack, EC2 and most others, EC2 over IPv6, and Alibaba Cloud.
    private static let special: [(kind: String, networks: [IPPrefix])] = [
        ("a metadata service", ["169.254.169.254/32", "fd00:ec2::254/128", "100.100.100.200/32"]),
        ("this host itself", ["127.0.0.0/8", "::1/128"]),
        ("a link-local address", ["169.254.0.0/16", "fe80::/10"]),
        ("no address of a host", ["0.0.0.0/8", "::/128"]),
        ("a multicast address", ["224.0.0.0/4", "ff00::/8"]),
        ("a broadcast address", ["255.255.255.255/32"]),
    ].map { kind, networks in (kind, networks.compactMap(parse)) }
}
