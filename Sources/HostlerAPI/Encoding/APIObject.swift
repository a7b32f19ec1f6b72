/// A value of an answer, as both JSON and XML can carry it.
package enum APIValue: Equatable, Sendable {
    case string(String)
    case int(Int)
    case bool(Bool)
    /// Milliseconds since 1970 UTC; written as CloudStack writes dates, `2026-11-20T21:54:42+0000`.
    case date(Int)
    case list([APIValue])
    case object(APIObject)
}

/// The members of an answer in their order, which is the order that clients show them in.
///
/// A member without a value is not there at all, as in CloudStack's answers, where a client sees no `null`.
package struct APIObject: Equatable, Sendable {
    package struct Member: Equatable, Sendable {
        package let name: String
        package let value: APIValue
    }

    package private(set) var members: [Member] = []

    package init() {}

    package subscript(name: String) -> APIValue? {
        get { members.first { $0.name == name }?.value }
        set {
            let position = members.firstIndex { $0.name == name }
            guard let newValue else {
                if let position { members.remove(at: position) }
                return
            }
            let member = Member(name: name, value: newValue)
            if let position { members[position] = member } else { members.append(member) }
        }
    }

    package mutating func set(_ name: String, _ text: String?) { self[name] = text.map(APIValue.string) }
    package mutating func set(_ name: String, _ number: Int?) { self[name] = number.map(APIValue.int) }
    package mutating func set(_ name: String, _ isTrue: Bool?) { self[name] = isTrue.map(APIValue.bool) }
    package mutating func set(_ name: String, date: Int?) { self[name] = date.map(APIValue.date) }
    package mutating func set(_ name: String, _ objects: [APIObject]) {
        self[name] = .list(objects.map(APIValue.object))
    }
    package mutating func set(_ name: String, _ object: APIObject) { self[name] = .object(object) }

    /// The text of a member; `nil` where there is none or it is no text.
    package func text(_ name: String) -> String? {
        if case .string(let text)? = self[name] { return text }
        return nil
    }
}

/// The form that answers of jobs are kept in: plain JSON where that says it all, and a list of names and values for an
/// object, whose order a JSON object would lose.
extension APIValue: Codable {
    private enum CodingKeys: CodingKey {
        case date, list, object
    }

    package init(from decoder: any Decoder) throws {
        if let values = try? decoder.container(keyedBy: CodingKeys.self) {
            if let date = try values.decodeIfPresent(Int.self, forKey: .date) {
                self = .date(date)
            } else if let list = try values.decodeIfPresent([APIValue].self, forKey: .list) {
                self = .list(list)
            } else {
                self = .object(try values.decode(APIObject.self, forKey: .object))
            }
            return
        }
        let value = try decoder.singleValueContainer()
        if let isTrue = try? value.decode(Bool.self) {
            self = .bool(isTrue)
        } else if let number = try? value.decode(Int.self) {
            self = .int(number)
        } else {
            self = .string(try value.decode(String.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .string(let text):
            var container = encoder.singleValueContainer()
            try container.encode(text)
        case .int(let number):
            var container = encoder.singleValueContainer()
            try container.encode(number)
        case .bool(let isTrue):
            var container = encoder.singleValueContainer()
            try container.encode(isTrue)
        case .date(let date):
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(date, forKey: .date)
        case .list(let values):
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(values, forKey: .list)
        case .object(let object):
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(object, forKey: .object)
        }
    }
}

extension APIObject: Codable {
    package init(from decoder: any Decoder) throws {
        var values = try decoder.unkeyedContainer()
        while !values.isAtEnd {
            let name = try values.decode(String.self)
            self[name] = try values.decode(APIValue.self)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.unkeyedContainer()
        for member in members {
            try values.encode(member.name)
            try values.encode(member.value)
        }
    }
}
