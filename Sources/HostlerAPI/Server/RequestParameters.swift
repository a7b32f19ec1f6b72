/// The parameters of a request, decoded, from its query and its form.
///
/// Names are compared without regard to case: the signature of CloudStack's clients does not tell cases apart either. Of
/// several with one name the first counts.
struct RequestParameters: Sendable {
    struct Parameter: Equatable, Sendable {
        let name: String
        let value: String
    }

    static let maximumCount = 1000

    /// In the order in which they came, each name once.
    let all: [Parameter]
    private let values: [String: String]

    subscript(name: String) -> String? { values[name.lowercased()] }

    /// - Throws: ``APIError`` with 430 where an encoding is broken, 431 where the form or a name is none that can be used.
    init(_ request: APIRequest) throws(APIError) {
        var all: [Parameter] = []
        var values: [String: String] = [:]
        func add(_ text: some Collection<UInt8>) throws(APIError) {
            for part in text.split(separator: UInt8(ascii: "&")) {
                let pair = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                let name = try Self.decode(pair[0])
                if name.isEmpty { continue }
                try Self.check(name: name)
                let value = pair.count > 1 ? try Self.decode(pair[1]) : ""
                let key = name.lowercased()
                if values[key] != nil { continue }
                values[key] = value
                all.append(Parameter(name: name, value: value))
                if all.count > Self.maximumCount {
                    throw APIError(.parameter, "the request has more than \(Self.maximumCount) parameters")
                }
            }
        }
        if let query = request.query { try add(Array(query.utf8)) }
        if request.method == "POST" && !request.body.isEmpty {
            try Self.check(contentType: request.contentType)
            try add(request.body)
        }
        self.all = all
        self.values = values
    }

    /// A form of another kind would be a request without parameters, whose error would lead astray.
    private static func check(contentType: String?) throws(APIError) {
        guard let contentType else { return }
        let type = contentType.prefix { $0 != ";" }.trimmed.lowercased()
        if type == "application/x-www-form-urlencoded" { return }
        throw APIError(
            .parameter,
            "the body is of type '\(APIError.shown(type))'; send its parameters as application/x-www-form-urlencoded"
        )
    }

    /// Names are signed as they are, so that one with these characters could stand for several parameters that somebody
    /// else signed.
    private static func check(name: String) throws(APIError) {
        let isPlain = name.unicodeScalars.allSatisfy { scalar in
            !["=", "&", "%", "+", " "].contains(scalar) && scalar.properties.generalCategory != .control
        }
        if isPlain { return }
        throw APIError(
            .parameter,
            "the parameter name '\(APIError.shown(name))' has characters that no name has; encode its value, not its name"
        )
    }

    /// Percent-encoding with `+` for a blank (`application/x-www-form-urlencoded`).
    private static func decode(_ text: some Collection<UInt8>) throws(APIError) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var position = text.startIndex
        while position != text.endIndex {
            let byte = text[position]
            text.formIndex(after: &position)
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                let digits = text[position...].prefix(2).compactMap(Hex.value)
                guard digits.count == 2 else {
                    throw APIError(
                        .malformed,
                        "the request has a '%' that two hexadecimal digits do not follow; write %25"
                    )
                }
                bytes.append(digits[0] << 4 | digits[1])
                text.formIndex(&position, offsetBy: 2)
            default: bytes.append(byte)
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw APIError(.malformed, "the request has a value that is not in UTF-8")
        }
        return decoded
    }

    /// CloudStack refuses the control characters but line feed and carriage return, which certificates have.
    func checkCharacters() throws(APIError) {
        for parameter in all {
            let isRefused = parameter.value.utf8.contains { byte in
                (byte < 0x20 && byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\r")) || byte == 0x7F
            }
            if isRefused {
                throw APIError(.parameter, "the value of \(APIError.shown(parameter.name)) has control characters")
            }
        }
    }
}

extension StringProtocol {
    /// Without blanks and line breaks at its ends.
    var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
