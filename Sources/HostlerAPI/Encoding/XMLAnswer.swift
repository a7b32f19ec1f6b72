/// Answers in XML, as CloudStack writes them: a list is its elements one after the other, each under the list's name.
enum XMLAnswer {
    static func encode(_ name: String, _ body: APIObject, version: String) -> [UInt8] {
        var writer = Writer()
        writer.bytes += "<?xml version=\"1.0\" encoding=\"UTF-8\"?><".utf8
        writer.bytes += name.utf8
        writer.bytes += " cloud-stack-version=\"".utf8
        writer.text(version)
        writer.bytes += "\">".utf8
        writer.members(body)
        writer.tag(name, closing: true)
        return writer.bytes
    }

    private struct Writer {
        var bytes: [UInt8] = []

        mutating func members(_ object: APIObject) {
            for member in object.members { element(member.name, member.value) }
        }

        mutating func element(_ name: String, _ value: APIValue) {
            if case .list(let values) = value {
                for value in values { element(name, value) }
                return
            }
            tag(name, closing: false)
            switch value {
            case .string(let text): self.text(text)
            case .int(let number): bytes += String(number).utf8
            case .bool(let isTrue): bytes += (isTrue ? "true" : "false").utf8
            case .date(let date): bytes += APIDate.text(date).utf8
            case .object(let object): members(object)
            case .list: break
            }
            tag(name, closing: true)
        }

        mutating func tag(_ name: String, closing: Bool) {
            bytes += (closing ? "</" : "<").utf8
            bytes += name.utf8
            bytes.append(UInt8(ascii: ">"))
        }

        mutating func text(_ text: String) {
            for scalar in text.unicodeScalars {
                switch scalar {
                case "<": bytes += "&lt;".utf8
                case ">": bytes += "&gt;".utf8
                case "&": bytes += "&amp;".utf8
                case "\"": bytes += "&quot;".utf8
                // As it stands, a reader would make a line feed of it (XML 1.0 §2.11).
                case "\r": bytes += "&#13;".utf8
                // What no XML document may have, not even escaped (XML 1.0 §2.2).
                case "\u{0}"..."\u{8}", "\u{B}"..."\u{C}", "\u{E}"..."\u{1F}", "\u{FFFE}"..."\u{FFFF}":
                    bytes.append(UInt8(ascii: "?"))
                default: bytes += UTF8.encode(scalar).map(Array.init) ?? []
                }
            }
        }
    }
}
