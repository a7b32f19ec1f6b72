/// A file that a domain refers to and that Hostler makes.
public struct DomainArtefact: Sendable, Equatable {
    /// The property that it is for.
    public let role: String
    /// A file; for `cached` a socket.
    public let path: String
    /// How it is to be made, in the role's own words: `configdrive` or `nocloud`; `overlay` or `full`; `staged` or `cached`.
    public let format: String
    /// Whether the domain's device reads it. Not so where somebody has put another image on top of it or in its place since:
    /// then what it is made of is still to be kept, but nothing has to be made for a start.
    public let isInUse: Bool

    init(role: String, path: String, format: String, isInUse: Bool = true) {
        self.role = role
        self.path = path
        self.format = format
        self.isInUse = isInUse
    }

    /// All roles for which ``TransformRequest/artefacts`` may name a file.
    public static let roles = [ConfigDrive.role, Template.role, HTTPSISOBoot.role]

    /// The folder of a host's config drives, unless they are put elsewhere.
    public static let configDriveFolder = "/var/lib/hostler/configdrive"

    /// The folder of the disks that are made of templates, unless `template_pool` names another: libvirt's default pool.
    public static let templateFolder = "/var/lib/libvirt/images"

    /// The folder of the ISOs that guests read from this host.
    public static let mediaFolder = "/var/lib/hostler/media"

    /// The folder of the sockets of NBD servers.
    public static let socketFolder = "/run/hostler/nbd"

    /// What the device of `role` is called in the domain, and at QEMU.
    public static func alias(role: String) -> String { Domain.aliasPrefix + role }

    /// Where the config drive of a guest is: named after its UUID, since names change and hold anything.
    ///
    /// - Returns: `nil` where `uuid` is not one as libvirt writes it.
    public static func configDrivePath(uuid: String, folder: String = configDriveFolder) -> String? {
        canonical(uuid: uuid).map { "\(folder)/\($0).iso" }
    }

    /// Where the disk of a guest is that is made of a template.
    ///
    /// - Returns: `nil` where `uuid` is not one as libvirt writes it.
    public static func templatePath(uuid: String, target: String, folder: String = templateFolder) -> String? {
        canonical(uuid: uuid).map { "\(folder)\(folder.hasSuffix("/") ? "" : "/")hostler-\($0)-\(target).qcow2" }
    }

    /// Where a guest's ISO is with `httpsisoboot_delivery=staged`.
    ///
    /// - Returns: `nil` where `uuid` is not one as libvirt writes it.
    public static func mediumPath(uuid: String) -> String? {
        canonical(uuid: uuid).map { "\(mediaFolder)/\($0).iso" }
    }

    /// Where the NBD server of a guest listens with `httpsisoboot_delivery=cached`.
    ///
    /// - Returns: `nil` where `uuid` is not one as libvirt writes it.
    public static func socketPath(uuid: String) -> String? {
        canonical(uuid: uuid).map { "\(socketFolder)/\($0).sock" }
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

    /// Whether a file's name says that it is another guest's: a clone has the metadata and the disks of its original.
    ///
    /// - Parameter name: one of those that the functions above make, or any other, which says nothing.
    static func isNamed(_ name: Substring, afterAnotherThan domain: Domain) -> Bool {
        var rest = name
        if rest.hasPrefix("hostler-"), rest.hasSuffix(".qcow2") {
            rest = rest.dropFirst("hostler-".count).prefix(36)
        } else if rest.hasSuffix(".iso") {
            rest = rest.dropLast(".iso".count)
        } else if rest.hasSuffix(".sock") {
            rest = rest.dropLast(".sock".count)
        } else {
            return false
        }
        guard let named = canonical(uuid: String(rest)), let own = domain.uuid.flatMap({ canonical(uuid: $0) }) else {
            return false
        }
        return named != own
    }
}
