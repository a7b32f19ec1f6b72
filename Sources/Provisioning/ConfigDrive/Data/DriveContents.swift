internal import FoundationEssentials

/// ``ConfigDriveData`` that has been checked, with its several ways of saying the same thing brought together.
///
/// CloudStack's VM data, `--meta` and the typed fields may each give a host name, keys, user data or a password; what
/// is given twice is refused, since either of them could be meant.
public struct DriveContents: Sendable, Equatable {
    /// CloudStack's limit of `vm.userdata.max.length`, in bytes; for user data and for vendor data each.
    public static let maximumUserData = 1 << 20

    /// A file of a folder that is none of CloudStack's own.
    struct OtherFile: Equatable {
        let directory: String
        let filename: String
        let content: [UInt8]
    }

    let guest: GuestFacts
    let hostname: String?
    let sshKeys: [SSHPublicKey]
    let userData: [UInt8]?
    let vendorData: [UInt8]?
    let password: GuestPassword?
    /// Whether the places that only cloudbase-init and CloudStack's Windows scripts read are filled.
    let servesWindows: Bool
    /// By CloudStack's names; `instance-id`, `vm-id` and, where there is one, `local-hostname` always.
    let wellKnown: [String: String]
    /// Everything else that was given as metadata.
    let metadata: [String: String]
    let otherFiles: [OtherFile]

    /// - Throws: `badInput` with the first thing that is wrong.
    public init(_ data: ConfigDriveData, for guest: GuestFacts) throws(ConfigDriveError) {
        if UUID(uuidString: guest.uuid) == nil {
            throw ConfigDriveError(.badInput, "'\(DisplayURL.printable(guest.uuid))' is not a UUID")
        }
        var merge = DriveInputMerge()
        try merge.take(data)
        self.guest = guest
        userData = try Self.limited(merge.userData, "user data")
        vendorData = try Self.limited(data.vendorData.flatMap { $0.isEmpty ? nil : $0 }, "vendor data")
        if let text = merge.password { password = try GuestPassword(text) } else { password = nil }
        servesWindows = data.isWindows ?? true
        sshKeys = try Self.unique(merge.sshKeys)
        otherFiles = merge.otherFiles

        var wellKnown = merge.metadata.filter { CloudStackName.all.contains($0.key) }
        wellKnown["instance-id"] = wellKnown["instance-id"] ?? guest.uuid
        wellKnown["vm-id"] = wellKnown["vm-id"] ?? guest.uuid
        if let given = wellKnown[CloudStackName.localHostname] {
            if let complaint = HostName.complaint(given) { throw ConfigDriveError(.badInput, complaint) }
            hostname = given
        } else {
            hostname = guest.name.flatMap { HostName.complaint($0) == nil ? $0 : nil }
            wellKnown[CloudStackName.localHostname] = hostname
        }
        self.wellKnown = wellKnown
        metadata = merge.metadata.filter { !CloudStackName.all.contains($0.key) }
    }

    private static func limited(_ bytes: [UInt8]?, _ what: String) throws(ConfigDriveError) -> [UInt8]? {
        if let count = bytes?.count, count > maximumUserData {
            throw ConfigDriveError(
                .badInput,
                "the \(what) has \(count) bytes; no more than \(maximumUserData) are allowed"
            )
        }
        return bytes
    }

    /// The keys without repetitions of the same line.
    private static func unique(_ lines: [(what: String, text: String)]) throws(ConfigDriveError) -> [SSHPublicKey] {
        var seen: [[UInt8]: (what: String, line: String)] = [:]
        var keys: [SSHPublicKey] = []
        for (what, text) in lines {
            let key = try SSHPublicKey(text, what: what)
            if let before = seen[key.blob] {
                if before.line == key.line { continue }
                throw ConfigDriveError(
                    .badInput,
                    "\(what) is the same key as \(before.what) with other options or another comment; give it once"
                )
            }
            seen[key.blob] = (what, key.line)
            keys.append(key)
        }
        return keys
    }
}
