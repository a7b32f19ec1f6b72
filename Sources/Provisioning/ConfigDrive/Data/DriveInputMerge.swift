internal import FoundationEssentials

/// Brings together what came as typed fields, as metadata and as CloudStack's VM data.
struct DriveInputMerge {
    private(set) var userData: [UInt8]?
    private(set) var password: String?
    private(set) var sshKeys: [(what: String, text: String)] = []
    /// Under the names that they were given, blank ones left out as CloudStack does.
    private(set) var metadata: [String: String] = [:]
    private(set) var otherFiles: [DriveContents.OtherFile] = []
    /// Who gave each file, by its path in lower case: a drive is also read by systems that do not tell cases apart.
    private var givers: [String: (path: String, giver: String)] = [:]

    mutating func take(_ data: ConfigDriveData) throws(ConfigDriveError) {
        if let bytes = data.userData, !bytes.isEmpty {
            try claim(CloudStackName.userDataFolder, CloudStackName.userData, "user data")
            userData = bytes
        }
        if let text = data.password {
            try claim(CloudStackName.passwordFolder, CloudStackName.password, "the password")
            password = text
        }
        if !data.sshKeys.isEmpty {
            try claim(CloudStackName.metadataFolder, CloudStackName.publicKeys, "SSH keys")
            sshKeys = data.sshKeys.enumerated().map { ("SSH key \($0.offset + 1)", $0.element) }
        }
        if let name = data.hostname {
            try claim(CloudStackName.metadataFolder, CloudStackName.localHostname, "the host name")
            metadata[CloudStackName.localHostname] = name
        }
        for (key, value) in data.metadata.sorted(by: { $0.key < $1.key }) {
            let shown = DisplayURL.printable(key)
            if key.isEmpty { throw ConfigDriveError(.badInput, "metadata needs a key, as in key=value") }
            if !InputText.isFileName(key) {
                throw ConfigDriveError(.badInput, "'\(shown)' is not a metadata key: \(InputText.fileNameRule)")
            }
            try CloudStackName.checkCases(of: key, in: CloudStackName.metadataFolder, what: "metadata")
            try takeMetadata(key, value, giver: "metadata", what: "metadata '\(shown)'")
        }
        for (index, item) in data.vmData.enumerated() { try take(item, entry: index + 1) }
    }

    private mutating func take(_ item: VMDataItem, entry: Int) throws(ConfigDriveError) {
        let what = "entry \(entry) of the VM data"
        for (part, name) in [("directory", item.directory), ("filename", item.filename)]
        where !InputText.isFileName(name) {
            throw ConfigDriveError(
                .badInput,
                "\(what) has the \(part) '\(DisplayURL.printable(name))', which is not a plain name: "
                    + InputText.fileNameRule
            )
        }
        let own = [CloudStackName.userDataFolder, CloudStackName.metadataFolder, CloudStackName.passwordFolder]
        let folder = item.directory.lowercased()
        if own.contains(folder), folder != item.directory {
            throw ConfigDriveError(
                .badInput,
                "\(what) has the directory '\(item.directory)', which should be '\(folder)'"
            )
        }
        try CloudStackName.checkCases(of: item.filename, in: folder, what: what)
        switch (item.directory, item.filename) {
        case (CloudStackName.metadataFolder, _):
            return try takeMetadata(item.filename, item.content, giver: what, what: what)
        case (CloudStackName.passwordFolder, CloudStackName.password):
            if InputText.isBlank(item.content) || item.content == CloudStackName.savedPassword { return }
            try claim(item.directory, item.filename, what)
            password = item.content
        case (CloudStackName.passwordFolder, let name) where CloudStackName.passwordChecksums.contains(name):
            // Made anew from the password, since CloudStack's own loses its leading zeros.
            return
        case (let directory, let filename):
            if InputText.isBlank(item.content) { return }
            try claim(directory, filename, what)
            var content = Array(item.content.utf8)
            if filename == CloudStackName.userData {
                guard let decoded = Self.decodeBase64(item.content) else {
                    throw ConfigDriveError(
                        .badInput,
                        "\(what) ('\(directory)/\(filename)') is not base64, which user data has to be"
                    )
                }
                content = decoded
                if directory == CloudStackName.userDataFolder {
                    userData = content.isEmpty ? nil : content
                    return
                }
            }
            otherFiles.append(DriveContents.OtherFile(directory: directory, filename: filename, content: content))
        }
    }

    private mutating func takeMetadata(
        _ key: String,
        _ value: String,
        giver: String,
        what: String
    ) throws(ConfigDriveError) {
        if key == "admin_pass" {
            throw ConfigDriveError(
                .badInput,
                "\(what) would overrule the password of cloudbase-init; give the password itself instead"
            )
        }
        if key == CloudStackName.publicKeysOfScript {
            throw ConfigDriveError(.badInput, "\(what) is a name of the drive's own; public keys are 'public-keys'")
        }
        if InputText.hasControl(value, except: "\t\r\n".unicodeScalars) {
            throw ConfigDriveError(.badInput, "\(what) has a value with a NUL or another control character")
        }
        if InputText.isBlank(value) { return }
        try claim(CloudStackName.metadataFolder, key, giver)
        if key == CloudStackName.publicKeys {
            let lines = value.split(whereSeparator: \.isNewline).filter { !InputText.isBlank(String($0)) }
            sshKeys += lines.enumerated().map { ("public key \($0.offset + 1) of \(what)", String($0.element)) }
        } else {
            metadata[key] = value
        }
    }

    /// - Throws: `badInput` where the file has been given before, if only in other cases.
    private mutating func claim(_ folder: String, _ name: String, _ giver: String) throws(ConfigDriveError) {
        let path = "\(folder)/\(name)"
        if let before = givers[path.lowercased()] {
            if before.path != path {
                throw ConfigDriveError(
                    .badInput,
                    "'\(path)' and '\(before.path)' differ only in their cases, which not every guest can tell apart"
                )
            }
            throw ConfigDriveError(.badInput, "'\(path)' is given twice, by \(before.giver) and by \(giver)")
        }
        givers[path.lowercased()] = (path, giver)
    }

    /// Base64 as CloudStack's decoder takes it: with line breaks, without padding, in the URL's alphabet too.
    private static func decodeBase64(_ text: String) -> [UInt8]? {
        var characters: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): continue
            case UInt8(ascii: "-"): characters.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): characters.append(UInt8(ascii: "/"))
            default: characters.append(byte)
            }
        }
        while characters.last == UInt8(ascii: "=") { characters.removeLast() }
        characters += [UInt8](repeating: UInt8(ascii: "="), count: (4 - characters.count % 4) % 4)
        return Data(base64Encoded: Data(characters)).map { Array($0) }
    }
}
