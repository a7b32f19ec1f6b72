/// The names that CloudStack gives folders and files of a drive.
enum CloudStackName {
    static let localHostname = "local-hostname"
    static let publicKeys = "public-keys"
    /// What CloudStack's own guest script reads, though its builder writes ``publicKeys``.
    static let publicKeysOfScript = "public_keys"

    /// Without the keys, which have a type of their own.
    static let all: Set<String> = [
        "service-offering", "availability-zone", localHostname, "local-ipv4", "public-ipv4", "public-hostname",
        "instance-id",
        "vm-id", "cloud-identifier", "hypervisor-host-name", "cloud-domain", "cloud-domain-id", "cloud-name",
    ]

    static let metadataFolder = "metadata"
    static let userDataFolder = "userdata"
    static let userData = "user_data"
    static let passwordFolder = "password"
    static let password = "vm_password"
    /// As the builder names it, and as the documentation does.
    static let passwordChecksums = ["vm-password-md5checksum", "vm_password_md5checksum"]
    /// What stands for a password that the guest has fetched before.
    static let savedPassword = "saved_password"

    /// The files that a drive has by itself, below each folder.
    private static let files: [String: Set<String>] = [
        userDataFolder: [userData],
        metadataFolder: all.union([publicKeys, publicKeysOfScript]),
        passwordFolder: Set(passwordChecksums + [password]),
    ]

    /// - Throws: `badInput` where `name` is one of these names in other cases: it would be another file, and the same
    ///   one to guests that do not tell cases apart.
    static func checkCases(of name: String, in folder: String, what: String) throws(ConfigDriveError) {
        let own = name.lowercased()
        if own != name, files[folder]?.contains(own) == true {
            throw ConfigDriveError(.badInput, "\(what) has the name '\(name)', which should be '\(own)'")
        }
    }
}
