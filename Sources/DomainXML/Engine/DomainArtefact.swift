/// A file that a domain refers to and that Hostler makes.
public struct DomainArtefact: Sendable, Equatable {
    /// The property that it is for.
    public let role: String
    public let path: String
    /// How it is to be made, in the role's own words: `configdrive` or `nocloud`.
    public let format: String

    /// All roles for which ``TransformRequest/artefacts`` may name a file.
    public static let roles = [ConfigDrive.role]

    /// The folder of a host's config drives, unless they are put elsewhere.
    public static let configDriveFolder = "/var/lib/hostler/configdrive"

    /// What the device of `role` is called in the domain, and at QEMU.
    public static func alias(role: String) -> String { Domain.aliasPrefix + role }

    /// Where the config drive of a guest is: named after its UUID, since names change and hold anything.
    ///
    /// - Returns: `nil` where `uuid` is not one as libvirt writes it.
    public static func configDrivePath(uuid: String, folder: String = configDriveFolder) -> String? {
        canonical(uuid: uuid).map { "\(folder)/\($0).iso" }
    }

    /// Lower-case, with hyphens; libvirt takes other spellings as well (`virUUIDParse`).
    public static func canonical(uuid: String) -> String? {
        let digits = uuid.utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }
        let isHex = digits.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x46).contains($0) || (0x61...0x66).contains($0)
        }
        guard digits.count == 32, isHex else { return nil }
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            text.unicodeScalars.append(Unicode.Scalar((0x41...0x46).contains(digit) ? digit + 0x20 : digit))
        }
        return text
    }
}
