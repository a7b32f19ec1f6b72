internal import FoundationEssentials

/// A password that means the same to everything that reads it from a drive: itself, literally.
///
/// cloud-init gives two kinds of value of `password` another meaning (`cc_set_passwords`): `R` and `RANDOM` make it
/// invent a password, and what looks like a hash of crypt(5) is one to it, though not to CloudStack's script or
/// cloudbase-init. Such a password is handed to cloud-init as a hash of itself, which then lets the literal one in.
struct GuestPassword: Equatable {
    let text: String

    /// - Throws: `badInput` where the password cannot reach the guest: `chpasswd` reads lines, and crypt(3) and PAM
    ///   take no more than 511 bytes.
    init(_ text: String) throws(ConfigDriveError) {
        if text.isEmpty { throw ConfigDriveError(.badInput, "the password is empty; leave it out to set none") }
        if InputText.hasControl(text, except: "\t".unicodeScalars) {
            throw ConfigDriveError(
                .badInput,
                "the password has a line break, a NUL or another control character, which no guest can be given"
            )
        }
        if text.utf8.count > 511 {
            throw ConfigDriveError(
                .badInput,
                "the password has \(text.utf8.count) bytes, but guests take no more than 511"
            )
        }
        self.text = text
    }

    /// Whether cloud-init would not take it literally. Wider than cloud-init's own pattern, which grows with its
    /// releases.
    var hasMeaningToCloudInit: Bool {
        if text == "R" || text == "RANDOM" { return true }
        return text.first == "$" && text.utf8.count { $0 == UInt8(ascii: "$") } >= 3
    }

    /// A cloud-config that sets the password of the default user, for good rather than until the first login, as
    /// CloudStack's does. It does not open SSH to passwords.
    ///
    /// - Parameter uuid: the salt comes of it, so that the same input gives the same drive.
    func cloudConfig(uuid: String) throws(ConfigDriveError) -> String {
        var value = text
        if hasMeaningToCloudInit {
            let salt = uuid.lowercased().utf8.filter { $0 != UInt8(ascii: "-") }.prefix(16)
            value = SHA512Crypt.hash(Array(text.utf8), salt: Array(salt))
        }
        return "#cloud-config\n"
            + (try YAMLText.encode(
                .mapping([("password", .string(value)), ("chpasswd", .mapping([("expire", .bool(false))]))])
            ))
    }

    /// What CloudStack's scripts compare with the one they set last: MD5 in hex, all 32 digits of it.
    var md5Checksum: String { hexadecimal(DigestAlgorithm.md5.digest(text.utf8)) }
}
