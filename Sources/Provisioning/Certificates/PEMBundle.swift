internal import FoundationEssentials

/// Certificates as people and clients send them.
public enum PEMBundle {
    /// CloudStack's limit of the parameter.
    public static let maximumSize = 65_535

    /// The certificates in a text, in their order: PEM (RFC 7468), also where line breaks were lost, where the lines BEGIN
    /// and END are missing, and where a client's form encoding has made blanks of plus signs.
    ///
    /// - Throws: ``CertificateError`` where there is anything else in it, above all a private key.
    public static func parse(_ text: String) throws(CertificateError) -> [X509Certificate] {
        if text.utf8.count > maximumSize {
            throw refusal("the certificate has \(text.utf8.count) bytes, of which \(maximumSize) are allowed")
        }
        let blocks = try blocks(of: text)
        if blocks.isEmpty { throw refusal("there is no certificate in it; give one in PEM") }
        var certificates: [X509Certificate] = []
        for (index, block) in blocks.enumerated() {
            guard let certificate = certificate(block) else {
                let which = blocks.count == 1 ? "it" : "certificate \(index + 1) of \(blocks.count)"
                throw refusal("\(which) is not an X.509 certificate in PEM")
            }
            if certificates.contains(certificate) { throw refusal("'\(certificate.subject)' is in it twice") }
            certificates.append(certificate)
        }
        return certificates
    }

    /// As ``parse(_:)``, for certificates that are to be trusted now.
    ///
    /// - Parameter now: milliseconds since 1970.
    public static func parseValid(_ text: String, now: Int) throws(CertificateError) -> [X509Certificate] {
        let certificates = try parse(text)
        for certificate in certificates {
            if certificate.notAfter < now {
                throw refusal("'\(certificate.subject)' has expired on \(day(certificate.notAfter))")
            }
            if certificate.notBefore > now {
                throw refusal("'\(certificate.subject)' is not valid before \(day(certificate.notBefore))")
            }
        }
        return certificates
    }

    private static func refusal(_ message: String) -> CertificateError { CertificateError(.badInput, message) }

    private static func day(_ milliseconds: Int) -> String {
        String(Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(.iso8601).prefix(10))
    }

    /// What stands between BEGIN and END; all of it where there are no such lines.
    private static func blocks(of text: String) throws(CertificateError) -> [Substring] {
        let dashes = "-----"
        guard text.contains(dashes) else {
            return text.allSatisfy(\.isWhitespace) ? [] : [text[...]]
        }
        var blocks: [Substring] = []
        var rest = text[...]
        while let begin = rest.firstRange(of: dashes) {
            if !rest[..<begin.lowerBound].allSatisfy(\.isWhitespace) {
                throw refusal("there is something beside the certificates in it: '\(shown(rest[..<begin.lowerBound]))'")
            }
            let label = try label("BEGIN", &rest, begin)
            guard let end = rest.firstRange(of: dashes) else { throw refusal("its END line is missing") }
            blocks.append(rest[..<end.lowerBound])
            if try self.label("END", &rest, end) != label {
                throw refusal("its BEGIN and END lines do not belong together")
            }
        }
        if !rest.allSatisfy(\.isWhitespace) {
            throw refusal("there is something behind the certificates: '\(shown(rest))'")
        }
        return blocks
    }

    /// Takes `-----WORD LABEL-----` off the beginning of `rest`.
    private static func label(
        _ word: String,
        _ rest: inout Substring,
        _ dashes: Range<Substring.Index>
    ) throws(CertificateError) -> String {
        let behind = rest[dashes.upperBound...]
        guard let close = behind.firstRange(of: "-----") else { throw refusal("its \(word) line is cut off") }
        let line = behind[..<close.lowerBound].replacing("+", with: " ").replacing("%20", with: " ")
        rest = behind[close.upperBound...]
        if line.contains("PRIVATE KEY") {
            throw refusal("there is a private key in it, which nobody else may have; give the certificate alone")
        }
        guard line.hasPrefix(word + " ") else { throw refusal("its \(word) line is not where it should be") }
        let label = String(line.dropFirst(word.count + 1))
        guard ["CERTIFICATE", "X509 CERTIFICATE"].contains(label) else {
            throw refusal("there is a '\(shown(label[...]))' in it, where only certificates belong")
        }
        return label
    }

    private static func certificate(_ block: Substring) -> X509Certificate? {
        let spellings = [block.filter { !$0.isWhitespace }, block.filter { !$0.isNewline }.replacing(" ", with: "+")]
        for spelling in spellings {
            guard let der = Data(base64Encoded: spelling) else { continue }
            do throws(CertificateError) { return try X509Certificate(der: Array(der)) } catch { continue }
        }
        return nil
    }

    private static func shown(_ text: Substring) -> String {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return String(
            words.prefix(40).filter { !$0.unicodeScalars.contains { $0.properties.generalCategory == .control } }
        )
    }
}

/// What a certificate is called.
public enum CertificateAlias {
    /// - Throws: ``CertificateError`` for what CloudStack does not take either: a DNS label (RFC 1123) that is not one of
    ///   those of its agent's own TLS, `cloud` and `cloudca…`.
    public static func check(_ alias: String) throws(CertificateError) {
        let isPlain = alias.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || $0 == UInt8(ascii: "-")
        }
        guard isPlain, (1...63).contains(alias.utf8.count), alias.first != "-", alias.last != "-" else {
            let shown = String(alias.prefix(80).map { $0.isNewline || $0 == "\0" ? "?" : $0 })
            throw CertificateError(
                .badInput,
                "'\(shown)' is not a name for a certificate: letters, digits and hyphens, up to 63, no hyphen at an end"
            )
        }
        let name = alias.lowercased()
        if name == "cloud" || name.hasPrefix("cloudca") {
            throw CertificateError(.badInput, "the name '\(alias)' is one of those that CloudStack keeps for itself")
        }
    }
}
