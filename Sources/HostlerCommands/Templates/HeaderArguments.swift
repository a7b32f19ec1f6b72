internal import Operations
internal import Provisioning

/// `--header`. Errors show nothing of what was given, which may be a token.
enum HeaderArguments {
    private static let limit = 1 << 16

    static func parse(_ arguments: [String]) throws -> [HTTPHeader] {
        var headers: [HTTPHeader] = []
        for argument in arguments {
            guard argument.hasPrefix("@") else {
                headers.append(try header(argument))
                continue
            }
            let file = String(argument.dropFirst())
            let bytes: [UInt8]
            do throws(SystemError) { bytes = try Files.read(file, limit: limit) } catch {
                throw OperationError(.badInput, error.message)
            }
            if bytes.count > limit {
                throw OperationError(
                    .badInput,
                    "\(file) has more than \(limit) bytes; it is to have lines of headers alone"
                )
            }
            let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            headers += try lines.map { try header(String($0)) }
        }
        return headers
    }

    private static func header(_ line: String) throws -> HTTPHeader {
        guard let colon = line.firstIndex(of: ":") else {
            throw OperationError(.usage, "a header is 'Name: value'; the one that is given has no colon")
        }
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        do throws(DownloadError) { return try HTTPHeader(String(line[..<colon]), String(value)) } catch {
            throw OperationError(
                .badInput,
                "a header is 'Name: value'; the one that is given has characters in its name or its value that none has"
            )
        }
    }
}
