import Glibc

/// The operator's limit on the URLs that guests may name: POSIX extended regular expressions, each of which has to match
/// a URL as a whole, as oVirt's `UserDefinedVMProperties` does. No expression means no limit.
public struct AllowedURLs: Sendable, Equatable {
    /// Where a host keeps them, one on each line; empty lines and lines that begin with `#` do not count.
    public static let path = "/etc/hostler/allowed_urls"

    public let expressions: [String]

    public static let unlimited = AllowedURLs(unchecked: [])

    private init(unchecked: [String]) { expressions = unchecked }

    /// - Throws: `invalidProperty` for an expression that regcomp(3) does not take.
    public init(_ expressions: [String]) throws(DomainXMLError) {
        for expression in expressions { _ = try RegularExpression(expression) }
        self.expressions = expressions
    }

    /// Reads the lines of ``path``'s format.
    public init(lines: String) throws(DomainXMLError) {
        // By bytes: to Swift, a carriage return and a line feed are one character, which no line feed equals.
        let expressions = lines.utf8.split(separator: UInt8(ascii: "\n")).map { (String($0) ?? "").trimmed }
        try self.init(expressions.filter { !$0.isEmpty && !$0.hasPrefix("#") })
    }

    /// - Parameter url: what a server would be asked for, so without its fragment.
    /// - Throws: `invalidProperty` where there are expressions and none matches the whole of `url`.
    func check(_ url: String, property: String) throws(DomainXMLError) {
        if expressions.isEmpty { return }
        for expression in expressions where try RegularExpression(expression).matches(url) { return }
        throw DomainXMLError(
            .invalidProperty,
            "\(property): \(HTTPSURL.redacted(url)) is not among the URLs that this host allows (allowed_urls)"
        )
    }
}

/// Owns a compiled regex_t.
private final class RegularExpression {
    private var compiled = regex_t()

    init(_ expression: String) throws(DomainXMLError) {
        // Anchored as a whole: an operator who writes a prefix means a prefix only when it ends in `.*`.
        let status = regcomp(&compiled, "^(\(expression))$", REG_EXTENDED | REG_NOSUB)
        if status != 0 {
            var text = [CChar](repeating: 0, count: 200)
            regerror(status, &compiled, &text, text.count)
            let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw DomainXMLError(
                .invalidProperty,
                "allowed_urls: '\(Property.printable(expression))' is not a regular expression: \(reason)"
            )
        }
    }

    deinit { regfree(&compiled) }

    func matches(_ text: String) -> Bool { regexec(&compiled, text, 0, nil, 0) == 0 }
}
