/// The text of a request that its signature is over: its parameters but the signature, sorted, encoded, joined with `&`, in
/// lower case.
///
/// CloudStack's server knows one form; its clients sign what their languages' encoders give, which differs in a few
/// characters, and some put names in lower case before they sort them. A form can be decoded again without knowing which
/// it is, so two requests that have one text in any two forms have the same parameters, and taking all of them makes
/// nothing easier to forge.
struct CanonicalForm: Sendable {
    private let isSortedInLowerCase: Bool
    /// Whether names are encoded too, `[` and `]` excepted.
    private let encodesNames: Bool
    /// What a blank becomes.
    private let blank: [UInt8]
    private let plain: String
    /// For each byte what it becomes in lower case; 0 where it is encoded.
    private let table: [UInt8]

    /// - Parameter plain: what stands for itself beside letters, digits, `-`, `_` and `.`.
    private init(
        plain: String,
        isSortedInLowerCase: Bool = false,
        encodesNames: Bool = false,
        blank: String = "%20"
    ) {
        self.plain = plain
        self.isSortedInLowerCase = isSortedInLowerCase
        self.encodesNames = encodesNames
        self.blank = Array(blank.utf8)
        table = Self.table(plain)
    }

    private static func table(_ plain: String) -> [UInt8] {
        var table = [UInt8](repeating: 0, count: 256)
        for byte in "abcdefghijklmnopqrstuvwxyz0123456789-_.".utf8 { table[Int(byte)] = byte }
        for byte in "ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8 { table[Int(byte)] = byte | 0x20 }
        for byte in plain.utf8 { table[Int(byte)] = byte }
        return table
    }

    /// Java's `URLEncoder`, which CloudStack's server has.
    static let cloudStack = CanonicalForm(plain: "*")
    /// Python's `quote` as `cs` uses it, and cloudstack-go and CloudMonkey 6, which take back Go's encoding of `*`.
    static let cs = CanonicalForm(plain: "*~")
    /// RFC 3986: Go's `url.QueryEscape`, PHP's `rawurlencode`, Ruby's and older CloudMonkeys.
    static let rfc3986 = CanonicalForm(plain: "~")
    /// JavaScript's `encodeURIComponent`, and Perl's `uri_escape`.
    static let javaScript = CanonicalForm(plain: "!~*'()")
    /// apache-libcloud.
    static let libcloud = CanonicalForm(plain: "*~[]", isSortedInLowerCase: true, encodesNames: true)
    /// Java's encoder by somebody who leaves the `+` that it writes for a blank.
    static let plus = CanonicalForm(plain: "*", blank: "+")

    /// All forms, the likeliest first.
    static let all: [CanonicalForm] = {
        let byEncoder: [CanonicalForm] = [.cloudStack, .cs, .rfc3986, .javaScript, .plus]
        // The documentation says to put all in lower case before sorting.
        let byDocumentation = byEncoder.map { form in
            CanonicalForm(
                plain: form.plain,
                isSortedInLowerCase: true,
                blank: String(decoding: form.blank, as: UTF8.self)
            )
        }
        return byEncoder + [.libcloud] + byDocumentation
    }()

    /// The text of the parameters in this form.
    func text(_ parameters: [RequestParameters.Parameter]) -> [UInt8] {
        let signed = parameters.filter { $0.name.lowercased() != "signature" }
        let keyed = signed.map { (key: Array(isSortedInLowerCase ? $0.name.lowercased().utf8 : $0.name.utf8), $0) }
        let sorted = keyed.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        var text: [UInt8] = []
        for (_, parameter) in sorted {
            if !text.isEmpty { text.append(UInt8(ascii: "&")) }
            if encodesNames {
                append(parameter.name, Self.nameTable, to: &text)
            } else {
                text += parameter.name.lowercased().utf8
            }
            text.append(UInt8(ascii: "="))
            append(parameter.value, table, to: &text)
        }
        return text
    }

    private static let nameTable = table("~[]")

    private func append(_ value: String, _ table: [UInt8], to text: inout [UInt8]) {
        let hex = Hex.lower
        for byte in value.utf8 {
            let plain = table[Int(byte)]
            if plain != 0 {
                text.append(plain)
            } else if byte == UInt8(ascii: " ") {
                text.append(contentsOf: blank)
            } else {
                text.append(UInt8(ascii: "%"))
                text.append(hex[Int(byte >> 4)])
                text.append(hex[Int(byte & 15)])
            }
        }
    }
}
