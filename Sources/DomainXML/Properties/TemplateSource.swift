/// What `template` names: a URL that this host fetches itself, or a template that is registered on it.
enum TemplateSource: Equatable {
    case url(String)
    case name(String)

    static let maximumNameLength = 63

    init(_ value: String) throws(HTTPSURL.Complaint) {
        let bytes = Array(value.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) else {
            self = .name(value)
            if let complaint = Self.complaint(name: bytes) {
                throw HTTPSURL.Complaint(text: "'\(Property.printable(value))' \(complaint)")
            }
            return
        }
        self = .url(value)
        let shown = HTTPSURL.redacted(value)
        try HTTPSURL.checkCharacters(value, shown)
        let scheme = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
        guard ["https", "http", "nfs"].contains(scheme) else {
            throw HTTPSURL.Complaint(
                text: "\(shown) begins with \(Property.printable(scheme))://; https://, http:// and nfs:// are taken"
            )
        }
        try Self.check(bytes[(colon + 3)...], shown)
    }

    private static func complaint(name: [UInt8]) -> String? {
        let isPlain = name.allSatisfy { HTTPSURL.isAlphanumeric($0) || "._-".utf8.contains($0) }
        if let first = name.first, HTTPSURL.isAlphanumeric(first), isPlain, name.count <= maximumNameLength {
            return nil
        }
        return "is neither a URL nor the name of a template: up to \(maximumNameLength) of A-Z, a-z, 0-9, '.', '_' and "
            + "'-', the first a letter or a digit"
    }

    /// Checks what stands behind the scheme.
    private static func check(_ rest: ArraySlice<UInt8>, _ shown: String) throws(HTTPSURL.Complaint) {
        if rest.contains(UInt8(ascii: "#")) {
            throw HTTPSURL.Complaint(text: "\(shown) has a fragment (#…), which no server is asked for: leave it out")
        }
        let delimiters = [UInt8(ascii: "/"), UInt8(ascii: "?")]
        let authority = rest[..<(rest.firstIndex { delimiters.contains($0) } ?? rest.endIndex)]
        try HTTPSURL.checkNoUser(authority, in: rest, shown)
        _ = try HTTPSURL.hostAndPort(authority, shown)
        let path = rest[authority.endIndex..<(rest.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex)]
        if path.count < 2 {
            throw HTTPSURL.Complaint(
                text: "\(shown) has no path; it has to name an image, as in https://host/image.qcow2"
            )
        }
        // Whoever fetches it would resolve them, and ask for another path than the one that was allowed.
        let plain = String(decoding: path, as: UTF8.self).lowercased()
            .replacing("%2e", with: ".").replacing("%2f", with: "/").replacing("%5c", with: "/")
        if plain.utf8.split(separator: UInt8(ascii: "/")).contains(where: { [".", ".."].contains(String($0) ?? "") }) {
            throw HTTPSURL.Complaint(text: "\(shown) has '.' or '..' in its path; write the path that is meant")
        }
    }
}
