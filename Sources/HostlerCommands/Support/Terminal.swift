internal import Glibc
internal import LibvirtClient
internal import Operations

/// What a person or a script sees of us.
enum Terminal {
    /// The ANSI colours in use.
    enum Style: String {
        case bold = "1"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    /// Whether stdout is a terminal whose user has not asked for plain text (https://no-color.org).
    static var isColoured: Bool {
        if let wish = getenv("NO_COLOR"), wish.pointee != 0 { return false }
        if let type = getenv("TERM"), String(cString: type) == "dumb" { return false }
        return isatty(STDOUT_FILENO) == 1
    }

    static func styled(_ text: String, _ style: Style, when isColoured: Bool) -> String {
        isColoured ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// - Throws: ``SystemError`` where stdout does not take it all: a full disk must not look like success.
    static func write(_ bytes: some Sequence<UInt8>) throws(SystemError) {
        let status = put(Array(bytes), STDOUT_FILENO)
        if status != 0 { throw SystemError("cannot write the output", number: status) }
    }

    /// Ready text such as JSON, as it is; for a sentence see ``say(_:)``.
    static func print(_ text: String) throws(SystemError) {
        try write((text + "\n").utf8)
    }

    /// A sentence, on one line whatever names and paths are in it.
    static func say(_ sentence: String) throws(SystemError) {
        try print(oneLine(sentence))
    }

    /// `text` without what would move the cursor, end the line or turn its direction round: names of guests and files
    /// are other people's, and a terminal obeys what it is sent.
    static func oneLine(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            let turnsDirection = (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: return " "
            default: return turnsDirection ? " " : scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// Like ``print(_:)``, where nobody is left to catch an error: it goes to stderr.
    static func tryPrint(_ line: String) -> Bool {
        do throws(SystemError) {
            try print(line)
            return true
        } catch {
            complain(error.message)
            return false
        }
    }

    static func complain(_ sentence: String) {
        // A closed stderr leaves nobody to tell; the exit status still does.
        _ = put(Array("hostler: \(oneLine(Secrets.removed(from: sentence)))\n".utf8), STDERR_FILENO)
    }

    /// Text for stderr as it is. A closed stderr leaves nobody to show it to.
    static func writeError(_ text: String) { _ = put(Array(text.utf8), STDERR_FILENO) }

    static func warn(_ sentence: String) { complain("warning: \(sentence)") }

    /// Returns 0 or an errno.
    private static func put(_ bytes: [UInt8], _ descriptor: Int32) -> Int32 {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer[written...].baseAddressOrEnd, buffer.count - written)
            }
            if count < 0 && errno != EINTR { return errno }
            written += max(count, 0)
        }
        return 0
    }
}

extension Slice where Base == UnsafeRawBufferPointer {
    fileprivate var baseAddressOrEnd: UnsafeRawPointer? {
        base.baseAddress.map { $0 + startIndex }
    }
}
