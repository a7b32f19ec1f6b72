/// `cloudstack/`: one text file for each thing, without a line break at its end.
struct CloudStackFiles {
    static let userDataPath = path(CloudStackName.userDataFolder, CloudStackName.userData)

    private let contents: DriveContents

    init(_ contents: DriveContents) { self.contents = contents }

    func add(to tree: inout DriveTree) throws(ConfigDriveError) {
        if let userData = contents.userData { try tree.add(Self.userDataPath, userData) }
        let metadata = contents.wellKnown.merging(contents.metadata) { first, _ in first }
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
            try tree.add(Self.path(CloudStackName.metadataFolder, name), Array(value.utf8))
        }
        if !contents.sshKeys.isEmpty {
            let keys = Self.path(CloudStackName.metadataFolder, CloudStackName.publicKeys)
            try tree.add(keys, Array(contents.sshKeys.map(\.line).joined(separator: "\n").utf8))
            try tree.link(Self.path(CloudStackName.metadataFolder, CloudStackName.publicKeysOfScript), to: keys)
        }
        if let password = contents.password { try add(password, to: &tree) }
        for file in contents.otherFiles { try tree.add(Self.path(file.directory, file.filename), file.content) }
    }

    private func add(_ password: GuestPassword, to tree: inout DriveTree) throws(ConfigDriveError) {
        let folder = CloudStackName.passwordFolder
        try tree.add(Self.path(folder, CloudStackName.password), Array(password.text.utf8))
        if contents.servesWindows {
            let checksums = CloudStackName.passwordChecksums.map { Self.path(folder, $0) }
            try tree.add(checksums[0], Array(password.md5Checksum.utf8))
            try tree.link(checksums[1], to: checksums[0])
        }
    }

    private static func path(_ folder: String, _ name: String) -> String { "cloudstack/\(folder)/\(name).txt" }
}
