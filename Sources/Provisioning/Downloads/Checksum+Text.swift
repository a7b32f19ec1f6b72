extension Checksum {
    /// Reads a checksum as people and programs write it, in any case and with blanks around:
    ///
    /// - `{SHA-256}…`, as CloudStack has it; `{}…` and `{}` alone with digits mean the algorithm of that length
    /// - `sha256:…`, as container images and curl's users have it
    /// - `…` alone: 32 digits are MD5, 40 SHA-1, 56 SHA-224, 64 SHA-256, 96 SHA-384, 128 SHA-512
    ///
    /// An algorithm is known with and without hyphen or underscore: `sha256`, `SHA-256`, `sha_256`.
    ///
    /// - Throws: `badInput`.
    public init(_ text: String) throws(DownloadError) {
        let text = Self.stripped(text[...])
        var name: Substring?
        var digits = text
        if text.first == "{" {
            guard let close = text.firstIndex(of: "}") else {
                throw Self.bad(
                    "the checksum '\(DisplayURL.printable(text))' has a '{' without a '}'; write {SHA-256}hex"
                )
            }
            name = Self.stripped(text[text.index(after: text.startIndex)..<close])
            digits = Self.stripped(text[text.index(after: close)...])
        } else if let colon = text.firstIndex(of: ":") {
            name = Self.stripped(text[..<colon])
            digits = Self.stripped(text[text.index(after: colon)...])
        }
        if let name, !name.isEmpty {
            guard let algorithm = DigestAlgorithm(name: name) else {
                throw Self.bad(
                    "the checksum algorithm '\(DisplayURL.printable(name))' is unknown; known are \(DigestAlgorithm.names)"
                )
            }
            try self.init(algorithm, digits: digits)
            return
        }
        try Self.check(digits)
        guard let algorithm = DigestAlgorithm.allCases.first(where: { $0.digits == digits.utf8.count }) else {
            let lengths = DigestAlgorithm.allCases.map { "\($0.digits) for \($0.name)" }.joined(separator: ", ")
            throw Self.bad(
                "the checksum '\(DisplayURL.printable(digits))' has \(digits.utf8.count) hexadecimal digits; there are "
                    + lengths
            )
        }
        self.init(algorithm: algorithm, hex: digits.lowercased())
    }

    /// - Throws: `badInput` for what is not that many hexadecimal digits.
    init(_ algorithm: DigestAlgorithm, digits: Substring) throws(DownloadError) {
        try Self.check(digits)
        let count = digits.utf8.count
        if count != algorithm.digits {
            let other = DigestAlgorithm.allCases.first { $0.digits == count }
            throw Self.bad(
                "the \(algorithm.name) checksum '\(DisplayURL.printable(digits))' has \(count) hexadecimal digits instead of "
                    + "\(algorithm.digits)" + (other.map { "; that is the length of \($0.name)" } ?? "; copy it again")
            )
        }
        self.init(algorithm: algorithm, hex: digits.lowercased())
    }

    /// `{SHA-256}hex`, as CloudStack writes and compares it.
    public var text: String { "{\(algorithm.name)}\(hex)" }

    private static func check(_ digits: Substring) throws(DownloadError) {
        if digits.isEmpty { throw bad("the checksum has no digits; write {SHA-256}hex, or leave it out") }
        guard let wrong = digits.first(where: { !$0.isASCII || !$0.isHexDigit }) else { return }
        throw bad(
            "the checksum '\(DisplayURL.printable(digits))' has '\(DisplayURL.printable(String(wrong)))' in it, which is no "
                + "hexadecimal digit"
        )
    }

    private static func stripped(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    private static func bad(_ message: String) -> DownloadError { DownloadError(.badInput, message) }
}

extension DigestAlgorithm {
    /// As IANA's table of hash function names has it, in capitals, and with it Java and CloudStack: `SHA-256`.
    public var name: String {
        switch self {
        case .md5: "MD5"
        case .sha1: "SHA-1"
        case .sha224: "SHA-224"
        case .sha256: "SHA-256"
        case .sha384: "SHA-384"
        case .sha512: "SHA-512"
        }
    }

    /// Hexadecimal digits of a digest.
    var digits: Int {
        switch self {
        case .md5: 32
        case .sha1: 40
        case .sha224: 56
        case .sha256: 64
        case .sha384: 96
        case .sha512: 128
        }
    }

    /// In any case, with or without a hyphen or an underscore; `nil` for what is none.
    init?(name: some StringProtocol) {
        let plain = name.lowercased().filter { $0 != "-" && $0 != "_" }
        guard name.utf8.count <= 8, let known = DigestAlgorithm(rawValue: plain) else { return nil }
        self = known
    }

    static var names: String { allCases.map(\.name).joined(separator: ", ") }
}
