internal import FoundationEssentials

/// One line of an `authorized_keys` file: `[options] type base64 [comment]` (sshd(8), AUTHORIZED_KEYS FILE FORMAT).
///
/// Options before the type are kept: cloud-init and cloudbase-init both write the line as it is, and cloud-init
/// replaces them only for root, whom it locks out.
struct SSHPublicKey: Equatable {
    /// The whole line, without blanks at its ends.
    let line: String
    let type: String
    /// The key itself (RFC 4253 §6.6), by which two lines are the same key.
    let blob: [UInt8]
    let comment: String

    /// How many strings a blob is. A certificate has members that are not strings, so its are not counted.
    private enum Fields {
        case count(Int)
        case any
    }

    /// The types that cloud-init takes (`ssh_util.VALID_KEY_TYPES`; it leaves out any other without a word).
    private static let types: [String: Fields] = [
        "ssh-ed25519": .count(2),
        "ssh-rsa": .count(3),
        "ssh-dss": .count(5),
        "ecdsa-sha2-nistp256": .count(3),
        "ecdsa-sha2-nistp384": .count(3),
        "ecdsa-sha2-nistp521": .count(3),
        "sk-ssh-ed25519@openssh.com": .count(3),
        "sk-ecdsa-sha2-nistp256@openssh.com": .count(4),
        "ssh-ed25519-cert-v01@openssh.com": .any,
        "ssh-rsa-cert-v01@openssh.com": .any,
        "ssh-dss-cert-v01@openssh.com": .any,
        "ecdsa-sha2-nistp256-cert-v01@openssh.com": .any,
        "ecdsa-sha2-nistp384-cert-v01@openssh.com": .any,
        "ecdsa-sha2-nistp521-cert-v01@openssh.com": .any,
        "sk-ssh-ed25519-cert-v01@openssh.com": .any,
        "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com": .any,
    ]

    /// - Parameter what: the key as an error names it, `SSH key 2`. The key itself never is in an error: what was
    ///   pasted by mistake may be a secret.
    /// - Throws: `badInput` where `text` is not one whole public key.
    init(_ text: String, what: String) throws(ConfigDriveError) {
        if text.contains("PRIVATE KEY") || text.contains("PuTTY-User-Key-File") {
            throw ConfigDriveError(
                .badInput,
                "\(what) is a private key; give the public one, the line in the .pub file"
            )
        }
        if text.contains("BEGIN SSH2 PUBLIC KEY") || text.contains("BEGIN PUBLIC KEY")
            || text.contains("BEGIN RSA PUBLIC KEY")
        {
            throw ConfigDriveError(
                .badInput,
                "\(what) is not in the format of OpenSSH; ssh-keygen -i turns it into the line that is wanted"
            )
        }
        let line = String(text.trimmed)
        if line.isEmpty { throw ConfigDriveError(.badInput, "\(what) is empty") }
        if InputText.hasControl(line, except: "\t".unicodeScalars) {
            throw ConfigDriveError(
                .badInput,
                "\(what) has a line break or another control character; give one key each"
            )
        }
        var rest = line[...]
        var word = rest.word()
        if Self.types[String(word)] == nil {
            rest = line[...].droppingOptions()
            word = rest.word()
        }
        type = String(word)
        guard let expected = Self.types[type] else {
            throw ConfigDriveError(
                .badInput,
                "\(what) has no type that cloud-init knows; it should look like 'ssh-ed25519 AAAA… comment'"
            )
        }
        guard let data = Data(base64Encoded: String(rest.word())) else {
            throw ConfigDriveError(
                .badInput,
                "\(what) (\(type)) is not base64 behind its type; part of it may be missing"
            )
        }
        blob = Array(data)
        var fields = SSHStrings(blob)
        guard let inner = fields.next() else {
            throw ConfigDriveError(.badInput, "\(what) (\(type)) has no key behind its type; part of it may be missing")
        }
        if inner != Array(type.utf8)[...] {
            throw ConfigDriveError(.badInput, "\(what) says that it is \(type), but the key inside is of another type")
        }
        if case .count(let fieldCount) = expected {
            var count = 1
            while let field = fields.next(), !field.isEmpty { count += 1 }
            if count != fieldCount || !fields.isAtEnd {
                throw ConfigDriveError(.badInput, "\(what) (\(type)) is not whole; part of it may be missing")
            }
        }
        comment = String(rest.trimmed)
        self.line = line
    }
}

/// The length-prefixed strings of RFC 4251 §5, one behind the other.
private struct SSHStrings {
    private let bytes: [UInt8]
    private var position = 0
    private var isBroken = false

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count && !isBroken }

    mutating func next() -> ArraySlice<UInt8>? {
        if position == bytes.count { return nil }
        guard bytes.count - position >= 4 else {
            isBroken = true
            return nil
        }
        let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
        guard length <= bytes.count - position - 4 else {
            isBroken = true
            return nil
        }
        defer { position += 4 + length }
        return bytes[position + 4..<position + 4 + length]
    }
}

extension StringProtocol {
    /// Without white space at its ends.
    var trimmed: SubSequence {
        var slice = self[...]
        while slice.first?.isWhitespace == true { slice.removeFirst() }
        while slice.last?.isWhitespace == true { slice.removeLast() }
        return slice
    }
}

extension Substring {
    private static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

    /// Takes the next word off.
    fileprivate mutating func word() -> Substring {
        self = drop { Self.isBlank($0) }
        let word = prefix { !Self.isBlank($0) }
        self = self[word.endIndex...]
        return word
    }

    /// What follows the options: the first blank that is not inside of double quotes, where `\"` is a quote of the
    /// value.
    fileprivate func droppingOptions() -> Substring {
        var isQuoted = false
        var isEscaped = false
        for index in indices {
            let character = self[index]
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if Self.isBlank(character), !isQuoted {
                return self[index...]
            }
        }
        return ""
    }
}
