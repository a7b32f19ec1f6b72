package import Provisioning

/// A template or an ISO that this host knows: where it comes from, and what it has to be. Key `template/<id>`.
package struct TemplateRecord: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable {
        case template, iso
    }

    /// A UUID that follows from what it is, so that whoever names the same gets the same.
    package let id: String
    /// For people, and for the property `template`; unique among those of its kind.
    package var name: String
    package var displayText: String?
    package let kind: Kind
    /// With its query, which may be a token.
    package let url: String
    /// Of the source's bytes.
    package let checksum: Checksum?
    /// What the image has to be; `nil` for whatever is found that a guest may be given.
    package var format: ImageFormat?
    /// Lines of the request, which may be secrets.
    package var headers: [HTTPHeader]
    /// Milliseconds since 1970.
    package let created: Int
    /// Whether somebody has registered it; else it is there since a guest's properties name it, and goes with its last
    /// copy.
    package var isRegistered: Bool
    /// What the API was given beside.
    package var presentation: TemplateTraits?

    package init(
        name: String,
        kind: Kind,
        url: String,
        checksum: Checksum? = nil,
        format: ImageFormat? = nil,
        headers: [HTTPHeader] = [],
        created: Int = Timestamp.now(),
        isRegistered: Bool = true
    ) {
        id = Self.id(kind: kind, url: url, checksum: checksum)
        self.name = name
        self.kind = kind
        self.url = url
        self.checksum = checksum
        self.format = format
        self.headers = headers
        self.created = created
        self.isRegistered = isRegistered
    }

    /// Headers are no part of it: a token that is renewed makes no other image.
    package static func id(kind: Kind, url: String, checksum: Checksum?) -> String {
        let sum = checksum.map { "\($0.algorithm.rawValue):\($0.hex)" } ?? ""
        return StableID.make("\(kind.rawValue)\n\(url)\n\(sum)")
    }

    /// A name made of the URL's last part, for what nobody has named.
    package static func name(for url: String) -> String {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        var name = String(path.split(separator: "/").last ?? "image")
        for ending in [
            ".meta4", ".metalink", ".gz", ".bz2", ".xz", ".zst", ".zip", ".tar", ".qcow2", ".img", ".raw", ".iso",
        ]
        where name.lowercased().hasSuffix(ending) && name.count > ending.count {
            name.removeLast(ending.count)
        }
        let plain = name.unicodeScalars.map { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || "._-".unicodeScalars.contains(scalar))
                ? Character(scalar) : "-"
        }
        let text = String(String(plain.prefix(48)).drop { !$0.isLetter && !$0.isNumber })
        return text.isEmpty ? "image" : text
    }
}
