/// `nfs://host[:port]/folder/file[?nfsport=…&mountport=…&version=…&uid=…&gid=…]`, as libnfs has it, with every part
/// checked before libnfs sees any.
struct NFSURL: Sendable {
    enum Version: Int, Sendable {
        case v3 = 3
        case v4 = 4
    }

    /// A name or an address, without brackets.
    let host: String
    /// What is mounted, from the server's view: absolute, without a last slash unless it is the root.
    let folder: String
    /// With a slash in front: what is opened below ``folder``.
    let file: String
    /// `nil` for what the portmapper of an NFSv3 server says; NFSv4 has 2049.
    private(set) var port: UInt16?
    /// Of the MOUNT protocol, for NFSv3; `nil` for what the portmapper says.
    private(set) var mountPort: UInt16?
    /// NFSv4 unless said otherwise: it needs one port alone, and no portmapper.
    private(set) var version = Version.v4
    /// Who reads; `nil` for the user of this process.
    private(set) var uid: Int32?
    private(set) var gid: Int32?
    /// For messages.
    let shown: DisplayURL

    /// A path may have this many bytes (PATH_MAX).
    static let maximumPath = 4096
    static let options = ["nfsport", "mountport", "version", "uid", "gid"]

    /// - Throws: `badInput`.
    init(_ url: String) throws(DownloadError) {
        let shown = DisplayURL(url)
        self.shown = shown
        func bad(_ what: String) -> DownloadError { DownloadError(.badInput, "\(shown.text) \(what)") }

        guard url.prefix(6).lowercased() == "nfs://" else {
            throw bad("is not an nfs URL, as nfs://host/folder/file is")
        }
        let rest = url.utf8.dropFirst(6)
        if rest.contains(UInt8(ascii: "#")) { throw bad("has a '#' in it; write %23 for one in a file's name") }
        let queryMark = rest.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        guard let slash = rest[..<queryMark].firstIndex(of: UInt8(ascii: "/")) else {
            throw bad("names no file; write nfs://host/folder/file")
        }
        (host, port) = try Self.server(rest[..<slash], bad)
        (folder, file) = try Self.path(rest[slash..<queryMark], bad)
        if queryMark == rest.endIndex { return }
        var seen: Set<String> = []
        for part in rest[rest.index(after: queryMark)...].split(separator: UInt8(ascii: "&")) {
            let pair = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = DisplayURL.printable(String(decoding: pair[0], as: UTF8.self))
            guard Self.options.contains(name) else {
                throw bad("has the unknown option '\(name)'; known are \(Self.options.joined(separator: ", "))")
            }
            if !seen.insert(name).inserted { throw bad("has the option '\(name)' twice") }
            let value = pair.count == 2 ? String(decoding: pair[1], as: UTF8.self) : ""
            try set(name, value, bad)
        }
    }

    private mutating func set(
        _ name: String,
        _ value: String,
        _ bad: (String) -> DownloadError
    ) throws(DownloadError) {
        let number = value.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int32(value) : nil
        func port() throws(DownloadError) -> UInt16 {
            guard let number, let port = UInt16(exactly: number), port > 0 else {
                throw bad("has '\(DisplayURL.printable(value))' as \(name), which is not a port from 1 to 65535")
            }
            return port
        }
        switch name {
        case "nfsport":
            let port = try port()
            if let other = self.port, other != port { throw bad("names two ports, \(other) and \(port)") }
            self.port = port
        case "mountport":
            mountPort = try port()
        case "version":
            guard let number, let version = Version(rawValue: Int(number)) else {
                throw bad("asks for NFS version '\(DisplayURL.printable(value))'; there are 3 and 4")
            }
            self.version = version
        default:
            guard let number else {
                throw bad(
                    "has '\(DisplayURL.printable(value))' as \(name), which is not a number from 0 to \(Int32.max)"
                )
            }
            if name == "uid" { uid = number } else { gid = number }
        }
    }

    private static func server(
        _ text: Substring.UTF8View,
        _ bad: (String) -> DownloadError
    ) throws(DownloadError) -> (String, UInt16?) {
        if text.contains(UInt8(ascii: "@")) { throw bad("has a user in it; NFS has uid= and gid= in the query") }
        var host = text
        var portText: Substring.UTF8View?
        if text.first == UInt8(ascii: "["), let close = text.firstIndex(of: UInt8(ascii: "]")) {
            host = text[text.index(after: text.startIndex)..<close]
            let behind = text[text.index(after: close)...]
            guard IPAddress(String(host) ?? "")?.family == .v6, behind.isEmpty || behind.first == UInt8(ascii: ":")
            else {
                throw bad("has no IPv6 address in its brackets")
            }
            if !behind.isEmpty { portText = behind.dropFirst() }
        } else {
            if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
                host = text[..<colon]
                portText = text[text.index(after: colon)...]
            }
            let isName =
                !host.isEmpty && host.count <= 253 && host.first != UInt8(ascii: "-")
                && host.allSatisfy {
                    isLetterOrDigit($0) || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_")].contains($0)
                }
            if !isName { throw bad("has no host name or address in it that can be asked") }
        }
        guard let portText else { return (String(host) ?? "", nil) }
        guard portText.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(String(portText) ?? ""), port > 0
        else { throw bad("has no port from 1 to 65535 behind its host") }
        return (String(host) ?? "", port)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func path(
        _ text: Substring.UTF8View,
        _ bad: (String) -> DownloadError
    ) throws(DownloadError) -> (folder: String, file: String) {
        var bytes: [UInt8] = []
        var position = text.startIndex
        while position != text.endIndex {
            var byte = text[position]
            text.formIndex(after: &position)
            if byte == UInt8(ascii: "%") {
                let digits = text[position...].prefix(2)
                guard digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                    let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
                else { throw bad("has a '%' in its path without two hexadecimal digits; write %25 for the character") }
                byte = value
                position = digits.endIndex
            }
            if byte < 0x20 || byte == 0x7F { throw bad("has a control character in its path") }
            bytes.append(byte)
        }
        guard let path = String(validating: bytes, as: UTF8.self) else { throw bad("has a path that is not UTF-8") }
        if bytes.count > maximumPath { throw bad("has a path of \(bytes.count) bytes; \(maximumPath) are allowed") }
        let names = path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
        if names.contains(where: { $0 == ".." || $0 == "." }) { throw bad("has '.' or '..' in its path; write it out") }
        guard let file = names.last, bytes.last != UInt8(ascii: "/") else {
            throw bad("names a folder; write nfs://host/folder/file")
        }
        return ("/" + names.dropLast().joined(separator: "/"), "/" + file)
    }

    /// What libnfs takes its settings from, some of which it has no function for. The host and the path are not in it:
    /// libnfs decodes nothing that comes from outside.
    var libraryOptions: String {
        var options = ["version=\(version.rawValue)", "autoreconnect=0", "auto-traverse-mounts=0", "dircache=0"]
        if let port = port ?? (version == .v4 ? 2049 : nil) { options.append("nfsport=\(port)") }
        if let mountPort { options.append("mountport=\(mountPort)") }
        return "nfs://0.0.0.0/?" + options.joined(separator: "&")
    }
}
