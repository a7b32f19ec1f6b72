import DomainXML
import Foundation
import TestSupport
import Testing

/// One golden case: `<case>.args` beside `<case>.in.xml`, and `<case>.out.xml` or `<case>.err`.
///
/// A line of `.args` is `set NAME=VALUE` (`ovirt`, `annotation`, … give another source), `unset NAME`,
/// `allowed-url REGEX`, `artefact ROLE=PATH`, `scope abi`, `in PATH` for a shared input, `generate NAME …` for one that is made.
struct TransformCase: CustomTestStringConvertible, Sendable {
    let path: String
    var request = TransformRequest()
    var input: [UInt8] = []
    var isGenerated = false
    /// The files that the case is made of.
    var files: [String]

    var testDescription: String { path }

    struct BadArguments: Error {
        let line: String
    }

    init(_ path: String) throws {
        self.path = path
        files = [path + ".args"]
        var shared: String?
        var allowed: [String] = []
        for line in Fixtures.text(try Fixtures.read(path + ".args")).split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            let rest = parts.count > 1 ? Self.unescape(parts[1]) : ""
            switch parts[0] {
            case "set": request.properties.append(try Self.property(rest, .commandLine))
            case "environment": request.properties.append(try Self.property(rest, .environment))
            case "annotation": request.properties.append(try Self.property(rest, .annotation))
            case "unset": request.unset.append(rest)
            case "allowed-url": allowed.append(rest)
            case "scope": request.scope = .abiStable
            case "artefact":
                let artefact = try Self.property(rest, .commandLine)
                request.artefacts[artefact.name] = artefact.value
            case "in": shared = rest
            case "generate":
                input = try GeneratedInput.make(rest)
                isGenerated = true
            default: throw BadArguments(line: String(line))
            }
        }
        if !allowed.isEmpty { request.allowedURLs = try AllowedURLs(allowed) }
        if let shared {
            input = try Fixtures.read(shared)
        } else if !isGenerated {
            input = try Fixtures.read(path + ".in.xml")
            files.append(path + ".in.xml")
        }
    }

    private static func property(_ text: String, _ source: PropertySource) throws -> PropertyValue {
        guard let equals = text.firstIndex(of: "=") else { throw BadArguments(line: text) }
        return PropertyValue(
            name: String(text[..<equals]),
            value: String(text[text.index(after: equals)...]),
            source: source
        )
    }

    /// `\xHH` for bytes that do not belong into a text file, `\{N}` for the preceding character N times.
    private static func unescape(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let backslash = rest.firstIndex(of: "\\") {
            result += rest[..<backslash]
            let code = rest[rest.index(backslash, offsetBy: 1)...]
            if code.hasPrefix("x"), let byte = UInt8(code.dropFirst().prefix(2), radix: 16) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
                rest = code.dropFirst(3)
            } else if code.hasPrefix("{"), let close = code.firstIndex(of: "}"), let last = result.last,
                let count = Int(code[code.index(after: code.startIndex)..<close])
            {
                result += String(repeating: last, count: count - 1)
                rest = code[code.index(after: close)...]
            } else {
                result += "\\"
                rest = code
            }
        }
        return result + rest
    }

    static let all: [TransformCase] = {
        let names = Fixtures.files(below: "transforms").filter { $0.hasSuffix(".args") }.map { String($0.dropLast(5)) }
        return names.compactMap { try? TransformCase($0) }
    }()

    /// Cases whose `.args` cannot be read.
    static let broken: [String] = {
        let names = Fixtures.files(below: "transforms").filter { $0.hasSuffix(".args") }.map { String($0.dropLast(5)) }
        return names.filter { (try? TransformCase($0)) == nil }
    }()
}

/// Inputs that are too large or too strange to be files.
enum GeneratedInput {
    struct Unknown: Error {
        let name: String
    }

    static func make(_ description: String) throws -> [UInt8] {
        let words = description.split(separator: " ").map(String.init)
        let number = words.count > 1 ? Int(words[1]) ?? 0 : 0
        switch words.first {
        case "empty": return []
        case "blank": return Array(" \n\t\n".utf8)
        case "nul": return Array("<domain type='kvm'><name>a\0b</name><devices/></domain>".utf8)
        case "size":
            let head = Array("<domain type='kvm'><devices/><!--".utf8)
            let tail = Array("--></domain>".utf8)
            return head + [UInt8](repeating: 0x78, count: number - head.count - tail.count) + tail
        case "deep":
            let open = String(repeating: "<a>", count: number)
            let close = String(repeating: "</a>", count: number)
            return Array(("<domain type='kvm'><devices/>" + open + close + "</domain>").utf8)
        case "utf16":
            let text = "<?xml version='1.0' encoding='UTF-16'?><domain type='kvm'><devices/></domain>"
            return [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        case "latin1":
            return Array("<?xml version='1.0' encoding='ISO-8859-1'?><domain type='kvm'><name>".utf8) + [0xE9]
                + Array("</name><devices/></domain>".utf8)
        case "invalid-utf8":
            return Array("<domain type='kvm'><name>".utf8) + [0xE9, 0x20] + Array("</name><devices/></domain>".utf8)
        default: throw Unknown(name: description)
        }
    }
}
