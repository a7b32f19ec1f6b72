/// A property that Hostler knows: oVirt's idea of `name=value`, names being valid names of environment variables.
public struct Property: Sendable {
    public let name: String
    /// What it does, in one sentence without a full stop.
    public let summary: String
    /// What a value looks like, for help and messages.
    public let form: String
    /// The property without which this one means nothing.
    public let mainProperty: String?
    /// Says what is wrong with a value; `nil` where it is fine.
    let complaint: @Sendable (String) -> String?

    init(
        _ name: String,
        summary: String,
        form: String,
        optionOf mainProperty: String? = nil,
        complaint: @escaping @Sendable (String) -> String?
    ) {
        self.name = name
        self.summary = summary
        self.form = form
        self.mainProperty = mainProperty
        self.complaint = complaint
    }

    /// All of them, each declared by its transform.
    public static let all: [Property] = Transforms.all.flatMap { $0.properties }

    public static func named(_ name: String) -> Property? {
        all.first { $0.name == name }
    }

    static func unknown(_ name: String, in place: String) -> DomainXMLError {
        let known = all.map(\.name).joined(separator: ", ")
        return DomainXMLError(.invalidProperty, "unknown property '\(printable(name))'\(place); known are \(known)")
    }

    /// `text` with control characters (C0, C1, line separators) shown and cut to `limit` scalars.
    static func printable(_ text: String, limit: Int = 100) -> String {
        var result = ""
        var count = 0
        for scalar in text.unicodeScalars {
            count += 1
            if count > limit { return result + "…" }
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0:
                result += "\\x" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
            case 0x2028, 0x2029:
                result += "\\u" + String(scalar.value, radix: 16)
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
