/// Character data in both directions: references resolved when read, escaped when written.
enum XMLText {
    /// Resolves the references in `bytes`, which a parser has proved well-formed.
    static func decode(_ bytes: ArraySlice<UInt8>, isAttribute: Bool) -> String {
        if !bytes.contains(where: { $0 == UInt8(ascii: "&") || $0 == 0x0D || (isAttribute && $0.isXMLSpace) }) {
            return String(decoding: bytes, as: UTF8.self)
        }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let byte = bytes[position]
            if byte == UInt8(ascii: "&"), let end = bytes[position...].firstIndex(of: UInt8(ascii: ";")) {
                let name = String(decoding: bytes[position + 1..<end], as: UTF8.self)
                result.append(contentsOf: reference(name).utf8)
                position = end + 1
                continue
            }
            if byte == 0x0D {
                // XML 1.0 §2.11: a line ends with a line feed, however it was written.
                if bytes.index(after: position) == bytes.endIndex || bytes[position + 1] != 0x0A {
                    result.append(isAttribute ? 0x20 : 0x0A)
                }
            } else {
                result.append(isAttribute && byte.isXMLSpace ? 0x20 : byte)
            }
            position += 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func reference(_ name: String) -> String {
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let isHexadecimal = name.hasPrefix("#x")
            let digits = name.dropFirst(isHexadecimal ? 2 : 1)
            guard let code = UInt32(digits, radix: isHexadecimal ? 16 : 10), let scalar = Unicode.Scalar(code) else {
                return ""
            }
            return String(Character(scalar))
        }
    }

    /// The text of an element's content: child elements count with their text, comments and instructions do not.
    static func content(_ bytes: ArraySlice<UInt8>) -> String {
        var result = ""
        var position = bytes.startIndex
        while position < bytes.endIndex {
            guard let open = bytes[position...].firstIndex(of: UInt8(ascii: "<")) else {
                return result + decode(bytes[position...], isAttribute: false)
            }
            result += decode(bytes[position..<open], isAttribute: false)
            let rest = bytes[open...]
            if rest.starts(with: "<![CDATA[".utf8) {
                let end = rest.firstRange(of: "]]>") ?? rest.endIndex..<rest.endIndex
                result += String(decoding: bytes[open + 9..<end.lowerBound], as: UTF8.self)
                position = end.upperBound
            } else {
                let terminator = rest.starts(with: "<!--".utf8) ? "-->" : rest.starts(with: "<?".utf8) ? "?>" : ">"
                position = rest.firstRange(of: terminator)?.upperBound ?? rest.endIndex
            }
        }
        return result
    }

    /// Escapes `text` for an attribute in that quote; white space other than a blank is kept by reference.
    static func escapeAttribute(_ text: String, quote: Character) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "'" where quote == "'": result += "&apos;"
            case "\"" where quote == "\"": result += "&quot;"
            case "\n", "\r", "\t": result += "&#\(scalar.value);"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Escapes `text` for the content of an element.
    static func escapeText(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\r": result += "&#13;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension ArraySlice<UInt8> {
    /// The first occurrence of `text`.
    func firstRange(of text: String) -> Range<Int>? {
        let wanted = Array(text.utf8)
        guard let first = wanted.first, count >= wanted.count else { return nil }
        var from = startIndex
        while let candidate = self[from...].firstIndex(of: first), candidate + wanted.count <= endIndex {
            if self[candidate..<candidate + wanted.count].elementsEqual(wanted) {
                return candidate..<candidate + wanted.count
            }
            from = candidate + 1
        }
        return nil
    }
}
