/// The parameters of a call by their types. Whatever is read has been declared and checked before the command runs.
package struct APIParameters: Sendable {
    private let values: [String: String]
    private let maps: [String: [MapEntry]]

    package struct MapEntry: Equatable, Sendable {
        package let key: String
        package let value: String
    }

    /// Takes what `declared` names; CloudStack's clients send parameters of newer releases, so any other is let be.
    ///
    /// - Throws: ``APIError`` with 431: a parameter is missing, empty, too long or not of its type.
    init(_ request: RequestParameters, declared: [APIParameter], command: String) throws(APIError) {
        var values: [String: String] = [:]
        var maps: [String: [MapEntry]] = [:]
        for parameter in declared {
            if parameter.kind == .map {
                maps[parameter.name] = try Self.map(request, parameter)
                if parameter.isRequired && maps[parameter.name]?.isEmpty != false {
                    throw Self.missing(parameter, command)
                }
                continue
            }
            guard let value = request[parameter.name], !value.isEmpty || parameter.kind == .string else {
                if parameter.isRequired { throw Self.missing(parameter, command) }
                continue
            }
            if parameter.isRequired && value.trimmed.isEmpty { throw Self.missing(parameter, command) }
            if value.utf8.count > parameter.length {
                throw .parameter(
                    "\(parameter.name) has \(value.utf8.count) bytes, of which \(parameter.length) are allowed"
                )
            }
            values[parameter.name] = try Self.checked(value, parameter)
        }
        self.values = values
        self.maps = maps
    }

    /// For a job that goes on: what it was asked for, as ``kept`` has it.
    init(kept: [String: String], maps: [String: [String: String]]) {
        values = kept
        self.maps = maps.mapValues { entries in
            entries.sorted { $0.key < $1.key }.map { MapEntry(key: $0.key, value: $0.value) }
        }
    }

    private static func missing(_ parameter: APIParameter, _ command: String) -> APIError {
        .parameter("\(command) needs \(parameter.name): \(parameter.summary)")
    }

    private static func checked(_ value: String, _ parameter: APIParameter) throws(APIError) -> String {
        let shown = "\(parameter.name) '\(APIError.shown(value))'"
        switch parameter.kind {
        case .string, .list, .map: return value
        case .uuid:
            guard let uuid = UUIDText.normalized(value) else {
                throw .parameter("\(shown) is not a UUID such as 6ba7b810-9dad-11d1-80b4-00c04fd430c8")
            }
            return uuid
        case .integer:
            if Int(value) == nil { throw .parameter("\(shown) is not a whole number") }
            return value
        case .boolean:
            // Java's Boolean.valueOf takes whatever is not 'true' for no, 'yes' among it.
            guard ["true", "false"].contains(value.lowercased()) else {
                throw .parameter("\(shown) is neither true nor false")
            }
            return value.lowercased()
        case .date:
            if APIDate.filter(value) == nil {
                throw .parameter("\(shown) is not a date such as 2026-11-20 or 2026-11-20T21:54:42+0000")
            }
            return value
        }
    }

    /// CloudStack's maps: `details[0].name=value`, or `details[0].key=name` with `details[0].value=value`.
    private static func map(_ request: RequestParameters, _ parameter: APIParameter) throws(APIError) -> [MapEntry] {
        var entries: [MapEntry] = []
        var keys: [String: String] = [:]
        var values: [String: String] = [:]
        func add(_ key: String, _ value: String) throws(APIError) {
            if key.utf8.count > 255 || value.utf8.count > parameter.length {
                throw .parameter(
                    "\(parameter.name) '\(APIError.shown(key))' is longer than \(parameter.length) bytes"
                )
            }
            if entries.contains(where: { $0.key == key }) {
                throw .parameter("\(parameter.name) names '\(APIError.shown(key))' twice; give it once")
            }
            entries.append(MapEntry(key: key, value: value))
        }
        let prefix = parameter.name + "["
        for given in request.all where given.name.lowercased().hasPrefix(prefix) {
            let rest = given.name.dropFirst(prefix.count)
            guard let end = rest.firstIndex(of: "]"), Int(rest[..<end]) != nil, rest[end...].hasPrefix("]."),
                rest[end...].count > 2
            else {
                throw .parameter(
                    "'\(APIError.shown(given.name))' is not a map's name; write \(parameter.name)[0].name=value"
                )
            }
            let member = String(rest[end...].dropFirst(2))
            switch member {
            case "key": keys[String(rest[..<end])] = given.value
            case "value": values[String(rest[..<end])] = given.value
            default: try add(member, given.value)
            }
        }
        for (index, key) in keys.sorted(by: { $0.key < $1.key }) { try add(key, values[index] ?? "") }
        return entries
    }

    // MARK: - What commands read

    package func text(_ name: String) -> String? { values[name] }

    /// A parameter that was declared as required.
    package func required(_ name: String) throws(APIError) -> String {
        guard let value = values[name] else { throw .parameter("\(name) is missing") }
        return value
    }

    package func int(_ name: String) -> Int? { values[name].flatMap { Int($0) } }
    package func bool(_ name: String) -> Bool? { values[name].map { $0 == "true" } }
    package func date(_ name: String, endsDay: Bool = false) -> Int? {
        values[name].flatMap { APIDate.filter($0, endsDay: endsDay) }
    }
    /// The parts of a comma list, those that are not empty.
    package func list(_ name: String) -> [String] {
        values[name].map { $0.split(separator: ",").map(\.trimmed).filter { !$0.isEmpty } } ?? []
    }
    package func map(_ name: String) -> [MapEntry] { maps[name] ?? [] }

    /// What is to be kept for a job to go on with after a restart.
    func kept(_ declared: [APIParameter]) -> (values: [String: String], maps: [String: [String: String]]) {
        let secret = Set(declared.filter(\.isSecret).map(\.name))
        let plainMaps = maps.filter { !secret.contains($0.key) && !$0.value.isEmpty }
        return (
            values.filter { !secret.contains($0.key) },
            plainMaps.mapValues { entries in
                Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
            }
        )
    }
}

/// UUIDs as text (RFC 9562 §4).
enum UUIDText {
    /// In lower case; `nil` where `text` is none.
    static func normalized(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return nil }
        for (position, byte) in bytes.enumerated() {
            if [8, 13, 18, 23].contains(position) {
                if byte != UInt8(ascii: "-") { return nil }
            } else if Hex.value(byte) == nil {
                return nil
            }
        }
        return text.lowercased()
    }

    /// A new random one (version 4).
    static func random() -> String {
        var bytes = RandomBytes.make(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = bytes.flatMap { [Hex.lower[Int($0 >> 4)], Hex.lower[Int($0 & 15)]] }
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return parts.map { String(decoding: digits[$0], as: UTF8.self) }.joined(separator: "-")
    }
}

/// Bytes that nobody can guess.
enum RandomBytes {
    static func make(_ count: Int) -> [UInt8] {
        // On Linux, getrandom(2).
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
}
