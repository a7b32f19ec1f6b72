/// What templates are called.
package enum TemplateName {
    /// - Throws: where it is none.
    package static func checked(_ name: String) throws(OperationError) -> String {
        let isPlain = name.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || (0x30...0x39).contains(scalar.value)
                    || "._-".unicodeScalars.contains(scalar))
        }
        let begins = name.unicodeScalars.first.map { !"._-".unicodeScalars.contains($0) } ?? false
        if isPlain && begins && name.utf8.count <= 63 { return name }
        throw OperationError(
            .badInput,
            "'\(name.prefix(80))' is not the name of a template: 1 to 63 of a-z, A-Z, 0-9, '.', '_' and '-', the first a "
                + "letter or a digit"
        )
    }
}
