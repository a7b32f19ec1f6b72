/// Answers in JSON (RFC 8259), byte for byte the same for the same answer.
enum JSONAnswer {
    static func encode(_ name: String, _ body: APIObject) -> [UInt8] {
        var writer = Writer()
        writer.bytes.append(UInt8(ascii: "{"))
        writer.string(name)
        writer.bytes.append(UInt8(ascii: ":"))
        writer.object(body)
        writer.bytes.append(UInt8(ascii: "}"))
        return writer.bytes
    }

    private struct Writer {
        var bytes: [UInt8] = []

        mutating func value(_ value: APIValue) {
            switch value {
            case .string(let text): string(text)
            case .int(let number): bytes += String(number).utf8
            case .bool(let isTrue): bytes += (isTrue ? "true" : "false").utf8
            case .date(let date): string(APIDate.text(date))
            case .list(let values):
                bytes.append(UInt8(ascii: "["))
                for (index, element) in values.enumerated() {
                    if index > 0 { bytes.append(UInt8(ascii: ",")) }
                    self.value(element)
                }
                bytes.append(UInt8(ascii: "]"))
            case .object(let object): self.object(object)
            }
        }

        mutating func object(_ object: APIObject) {
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                string(member.name)
                bytes.append(UInt8(ascii: ":"))
                value(member.value)
            }
            bytes.append(UInt8(ascii: "}"))
        }

        mutating func string(_ text: String) {
            bytes.append(UInt8(ascii: "\""))
            for byte in text.utf8 {
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
                case UInt8(ascii: "\n"): bytes += "\\n".utf8
                case UInt8(ascii: "\r"): bytes += "\\r".utf8
                case UInt8(ascii: "\t"): bytes += "\\t".utf8
                case 0..<0x20, 0x7F: bytes += "\\u00".utf8 + [Hex.lower[Int(byte >> 4)], Hex.lower[Int(byte & 15)]]
                default: bytes.append(byte)
                }
            }
            bytes.append(UInt8(ascii: "\""))
        }
    }
}
