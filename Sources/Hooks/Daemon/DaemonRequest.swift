/// A call of the hook as an HTTP request to the daemon, and the daemon's answer: as much of RFC 9112 as the two need.
/// HTTP/1.0, so that the answer ends where the connection does.
enum DaemonRequest {
    /// - Parameter domain: the XML.
    static func bytes(_ call: DaemonCall, _ domain: [UInt8]) -> [UInt8] {
        func part(_ index: Int) -> String {
            call.arguments.indices.contains(index) ? encoded(call.arguments[index]) : "-"
        }
        let target = "/hook/\(part(1))/\(part(2))?guest=\(part(0))&extra=\(part(3))"
        let head =
            "POST \(target) HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/xml\r\n"
            + "Content-Length: \(domain.count)\r\nConnection: close\r\n\r\n"
        return Array(head.utf8) + domain
    }

    /// - Parameter answer: all that came until the connection was closed.
    static func outcome(_ answer: [UInt8]) -> DaemonOutcome {
        guard let end = headEnd(answer), let status = status(answer[..<end]) else {
            return .silent(
                answer.isEmpty ? "hostlerd gives no answer" : "hostlerd gives no answer that can be understood"
            )
        }
        let body = answer[(end + 4)...]
        if let length = length(answer[..<end]), body.count < length { return .silent("hostlerd broke off its answer") }
        let lines = String(decoding: body, as: UTF8.self).split(separator: "\n").map(String.init)
        switch status {
        case 200: return .done(lines)
        case 409: return .refused(lines.first ?? "hostlerd refuses it and does not say why")
        default: return .silent("hostlerd answers with status \(status)\(lines.first.map { ": \($0)" } ?? "")")
        }
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        guard bytes.count >= mark.count else { return nil }
        return (0...(bytes.count - mark.count)).first { bytes[$0..<($0 + mark.count)].elementsEqual(mark) }
    }

    private static func status(_ head: ArraySlice<UInt8>) -> Int? {
        let words = String(decoding: head.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self).split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1.") else { return nil }
        return Int(words[1])
    }

    private static func length(_ head: ArraySlice<UInt8>) -> Int? {
        let name = "content-length:"
        for line in String(decoding: head, as: UTF8.self).split(separator: "\r\n") {
            guard line.lowercased().hasPrefix(name) else { continue }
            return Int(line.dropFirst(name.count).filter { $0 != " " })
        }
        return nil
    }

    /// Percent-encoded but for RFC 3986's unreserved characters; names of guests are any bytes.
    private static func encoded(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF")
        var text = ""
        for byte in bytes {
            let scalar = Unicode.Scalar(byte)
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            if isPlain || "-._~".unicodeScalars.contains(scalar) {
                text.unicodeScalars.append(scalar)
            } else {
                text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
        return text
    }
}
