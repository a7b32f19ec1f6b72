import Glibc

/// An `https` URL in the parts that libvirt's `<source protocol='https'>` is made of (RFC 3986).
///
/// libvirt percent-encodes `name` and sends `query` as it stands, so the path is held decoded and the query encoded.
/// All parsing is by bytes: to Swift, a question mark with a combining accent behind it is no question mark.
struct HTTPSURL: Equatable, Sendable {
    /// Presigned URLs with session tokens stay well under this.
    static let maximumLength = 8192

    let host: String
    let port: Int
    /// Percent-decoded, with its leading slash.
    let path: String
    /// Percent-encoded, without its question mark.
    let query: String?
    /// What a server is asked for: the URL as it was given, without its fragment.
    let requested: String

    /// What is wrong with a URL, ready to stand behind the property's name.
    struct Complaint: Error, Equatable {
        let text: String
    }

    typealias Bytes = ArraySlice<UInt8>

    init(_ url: String) throws(Complaint) {
        let shown = Self.redacted(url)
        func complaint(_ text: String) -> Complaint { Complaint(text: text) }
        try Self.checkCharacters(url, shown)

        let bytes = Array(url.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) else {
            throw complaint("\(shown) is not a URL; an https://host/path.iso is needed")
        }
        let scheme = Self.text(bytes[..<colon]).lowercased()
        if scheme != "https" {
            throw complaint("\(shown) begins with \(Property.printable(scheme))://; only https:// is taken")
        }

        let end = bytes.firstIndex(of: UInt8(ascii: "#")) ?? bytes.endIndex
        let rest = bytes[(colon + 3)..<end]
        let isDelimiter: (UInt8) -> Bool = { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
        let authority = rest[..<(rest.firstIndex(where: isDelimiter) ?? rest.endIndex)]
        try Self.checkNoUser(authority, in: bytes[(colon + 3)...], shown)
        (host, port) = try Self.hostAndPort(authority, shown)

        let mark = rest.firstIndex(of: UInt8(ascii: "?"))
        let rawPath = rest[authority.endIndex..<(mark ?? rest.endIndex)]
        let rawQuery = mark.map { rest[($0 + 1)...] } ?? []
        if rawPath.isEmpty || (rawPath.count == 1 && rawQuery.isEmpty) {
            throw complaint("\(shown) has no path; it has to name an ISO, as in https://host/path.iso")
        }
        path = try Self.decode(rawPath, shown)
        query = rawQuery.isEmpty ? nil : Self.encode(rawQuery)
        requested = Self.text(bytes[..<end])
    }

    /// - Parameter rest: everything behind the scheme.
    static func checkNoUser(_ authority: Bytes, in rest: Bytes, _ shown: String) throws(Complaint) {
        // An unescaped delimiter in a password puts the `@` further behind; what stands before it must not be shown then.
        let isPort = authority.last.map { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "]") } ?? true
        let hasAt = rest.contains(UInt8(ascii: "@"))
        if authority.contains(UInt8(ascii: "@")) || (authority.contains(UInt8(ascii: ":")) && !isPort && hasAt) {
            throw Complaint(
                text: "\(shown) has a user name or password in it, which everybody who reads the domain would see"
            )
        }
    }

    private static func text(_ bytes: Bytes) -> String { String(decoding: bytes, as: UTF8.self) }

    static func checkCharacters(_ url: String, _ shown: String) throws(Complaint) {
        if url.isEmpty { throw Complaint(text: "the URL is empty; an https://host/path.iso is needed") }
        if url.utf8.count > maximumLength {
            throw Complaint(text: "the URL has \(url.utf8.count) bytes; at most \(maximumLength) are taken")
        }
        guard let bad = url.unicodeScalars.first(where: { $0 == " " || !isAllowed($0) }) else { return }
        throw Complaint(
            text: bad == " "
                ? "\(shown) has a blank in it; write it as %20"
                : "\(shown) has a control character or a byte that is not UTF-8 in it"
        )
    }

    /// What may stand in XML (1.0 §2.2) and means something in a URL.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0xFFFD...0xFFFF: false
        default: true
        }
    }

    static func hostAndPort(_ authority: Bytes, _ shown: String) throws(Complaint) -> (String, Int) {
        var host = authority
        var port: Bytes = []
        if authority.first == UInt8(ascii: "[") {
            guard let close = authority.firstIndex(of: UInt8(ascii: "]")) else {
                throw Complaint(text: "\(shown) has a '[' without its ']'")
            }
            host = authority[(authority.startIndex + 1)..<close]
            let behind = authority[(close + 1)...]
            guard behind.isEmpty || behind.first == UInt8(ascii: ":") else {
                throw Complaint(text: "\(shown) has something between ']' and the path that is not a port")
            }
            port = behind.dropFirst()
            var address = in6_addr()
            guard inet_pton(AF_INET6, text(host), &address) == 1 else {
                throw Complaint(text: "\(shown) has no IPv6 address between its brackets")
            }
        } else {
            if let colon = authority.firstIndex(of: UInt8(ascii: ":")) {
                host = authority[..<colon]
                port = authority[(colon + 1)...]
            }
            try checkName(host, shown)
        }
        if port.isEmpty { return (text(host), 443) }
        guard port.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw Complaint(text: "\(shown) has a port that is not a number; 1 to 65535 are possible")
        }
        guard let number = Int(text(port)), (1...65535).contains(number) else {
            throw Complaint(text: "\(shown) has the port \(Property.printable(text(port))); 1 to 65535 are possible")
        }
        return (text(host), number)
    }

    private static func checkName(_ host: Bytes, _ shown: String) throws(Complaint) {
        if host.isEmpty { throw Complaint(text: "\(shown) has no host") }
        if host.contains(where: { $0 >= 0x80 }) {
            // libvirt would percent-encode it, which no resolver takes.
            throw Complaint(text: "\(shown) has a host name beyond ASCII; write it in its xn-- form")
        }
        if !host.allSatisfy({ isAlphanumeric($0) || "-._".utf8.contains($0) }) || host.count > 253 {
            throw Complaint(text: "\(shown) has a host that is neither a name nor an address")
        }
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    /// Percent-decodes a path, since libvirt encodes it again.
    private static func decode(_ path: Bytes, _ shown: String) throws(Complaint) -> String {
        var bytes: [UInt8] = []
        var position = path.startIndex
        while position < path.endIndex {
            if path[position] != UInt8(ascii: "%") {
                bytes.append(path[position])
                position += 1
                continue
            }
            guard position + 2 < path.endIndex,
                let high = Character(Unicode.Scalar(path[position + 1])).hexDigitValue,
                let low = Character(Unicode.Scalar(path[position + 2])).hexDigitValue
            else { throw Complaint(text: "\(shown) has a '%' without two hexadecimal digits behind it") }
            let byte = UInt8(high * 16 + low)
            if byte == UInt8(ascii: "/") {
                throw Complaint(text: "\(shown) has an encoded slash (%2F), which libvirt cannot ask a server for")
            }
            bytes.append(byte)
            position += 3
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw Complaint(text: "\(shown) is not UTF-8 once its path is percent-decoded, so a domain cannot hold it")
        }
        if !decoded.unicodeScalars.allSatisfy(isAllowed) {
            throw Complaint(text: "\(shown) has an encoded control character in its path")
        }
        // curl would resolve them, and ask for another path than the one that was allowed.
        if bytes.split(separator: UInt8(ascii: "/")).contains(where: { [".", ".."].contains(text($0)) }) {
            throw Complaint(text: "\(shown) has '.' or '..' in its path; write the path that is meant")
        }
        return decoded
    }

    /// Percent-encodes what RFC 3986 does not allow in a query; libvirt sends the rest as it stands.
    private static func encode(_ query: Bytes) -> String {
        let allowed = Set("-._~!$&'()*+,;=:@/?%[]|".utf8)
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in query {
            if isAlphanumeric(byte) || allowed.contains(byte) {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return text(result[...])
    }

    /// A URL as messages may show it: no query (it may be a token), no control characters, not too long; and nothing but
    /// the scheme where there is an `@`, since what is before it may be a password, however oddly written.
    static func redacted(_ url: String) -> String {
        let bytes = Array(url.utf8)
        if bytes.contains(UInt8(ascii: "@")) {
            let isSchemed = bytes.starts(with: "https://".utf8)
            return isSchemed ? "'https://…'" : "the URL"
        }
        let end = bytes.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? bytes.endIndex
        let tail = end < bytes.endIndex && bytes[end] == UInt8(ascii: "?") ? "?…" : ""
        return "'" + Property.printable(text(bytes[..<end])) + tail + "'"
    }
}
