internal import ArgumentParser
internal import DomainXML

/// `name=value` as people type it.
enum PropertyArguments {
    /// - Throws: a usage error for an argument without `=` or without a name. Whether the name is known and the value
    ///   allowed is for the engine to say.
    static func parse(_ arguments: [String], _ option: String) throws(ValidationError) -> [PropertyValue] {
        var values: [PropertyValue] = []
        for argument in arguments {
            guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else {
                // Only what could be a name: what follows may be a URL with a password or a token.
                let shown = argument.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
                let rest = shown.endIndex == argument.endIndex ? "" : "…"
                throw ValidationError("\(option) '\(shown)\(rest)' is not of the form name=value")
            }
            values.append(
                PropertyValue(
                    name: String(argument[..<equals]),
                    value: String(argument[argument.index(after: equals)...]),
                    source: .commandLine
                )
            )
        }
        return values
    }

    /// A value for the screen: what follows the question mark of a URL may be a token.
    static func shown(_ value: String) -> String {
        guard value.contains("://"), let mark = value.firstIndex(of: "?") else { return value }
        return value[..<mark] + "?…"
    }

    /// For shells that complete `name=`.
    static let completion = CompletionKind.list(Property.all.map { $0.name + "=" })
    static let nameCompletion = CompletionKind.list(Property.all.map(\.name))
}
