import Testing

@testable import Provisioning

/// What is refused before anything is built, and what is brought together.
@Suite struct DriveContentsTests {
    private func contents(_ data: ConfigDriveData) throws -> DriveContents {
        try DriveContents(data, for: DriveSamples.guest)
    }

    private func message(_ data: ConfigDriveData, guest: GuestFacts = DriveSamples.guest) -> String? {
        do throws(ConfigDriveError) {
            _ = try DriveContents(data, for: guest)
            return nil
        } catch {
            return error.message
        }
    }

    private func item(_ directory: String, _ filename: String, _ content: String) -> VMDataItem {
        VMDataItem(directory: directory, filename: filename, content: content)
    }

    // MARK: - The guest

    @Test func guestNeedsAUUID() {
        #expect(message(ConfigDriveData(), guest: GuestFacts(uuid: "web1")) == "'web1' is not a UUID")
    }

    @Test func domainNameIsTheHostNameWhereItCanBe() throws {
        #expect(try contents(ConfigDriveData()).hostname == "web1")
        for name in ["web 1", "wéb", "-web", "web_1", "10.0.0.1"] {
            let guest = GuestFacts(uuid: DriveSamples.uuid, name: name)
            #expect(try DriveContents(ConfigDriveData(), for: guest).hostname == nil)
        }
    }

    @Test func hostNameIsWhatIsGiven() throws {
        #expect(try contents(ConfigDriveData(hostname: "db.example.org")).hostname == "db.example.org")
        #expect(try contents(ConfigDriveData(metadata: ["local-hostname": "db"])).hostname == "db")
        #expect(try contents(ConfigDriveData(vmData: [item("metadata", "local-hostname", "db")])).hostname == "db")
    }

    @Test(arguments: [
        ("", "a host name cannot be empty"),
        (
            "web_1",
            "'web_1' is not a host name: each label is 1 to 63 letters, digits and hyphens, with no hyphen at its ends"
        ),
        (
            "a..b",
            "'a..b' is not a host name: each label is 1 to 63 letters, digits and hyphens, with no hyphen at its ends"
        ),
        ("10.0.0.1", "'10.0.0.1' is an address, not a host name"),
    ])
    func wrongHostNameIsRefused(_ name: String, _ expected: String) {
        #expect(message(ConfigDriveData(hostname: name)) == expected)
    }

    @Test func longHostNameIsRefused() {
        let name = Array(repeating: "abcdefgh", count: 29).joined(separator: ".")
        let cut = name.prefix(120) + "…"
        #expect(message(ConfigDriveData(hostname: name)) == "'\(cut)' is longer than the 253 characters of a host name")
    }

    // MARK: - User data

    @Test func emptyUserDataIsNone() throws {
        let contents = try contents(ConfigDriveData(userData: [], vendorData: []))
        #expect(contents.userData == nil)
        #expect(contents.vendorData == nil)
    }

    @Test func tooMuchIsRefused() {
        let bytes = [UInt8](repeating: 0x20, count: 1 << 20)
        #expect(message(ConfigDriveData(userData: bytes, vendorData: bytes)) == nil)
        #expect(
            message(ConfigDriveData(userData: bytes + [0]))
                == "the user data has 1048577 bytes; no more than 1048576 are allowed"
        )
        #expect(
            message(ConfigDriveData(vendorData: bytes + [0]))
                == "the vendor data has 1048577 bytes; no more than 1048576 are allowed"
        )
    }

    // MARK: - The password

    @Test(arguments: [
        ("", "the password is empty; leave it out to set none"),
        ("a\nb", "the password has a line break, a NUL or another control character, which no guest can be given"),
        ("a\r", "the password has a line break, a NUL or another control character, which no guest can be given"),
        ("\0", "the password has a line break, a NUL or another control character, which no guest can be given"),
        ("a\u{7F}", "the password has a line break, a NUL or another control character, which no guest can be given"),
        (String(repeating: "é", count: 256), "the password has 512 bytes, but guests take no more than 511"),
    ])
    func wrongPasswordIsRefusedWithoutIt(_ password: String, _ expected: String) {
        #expect(message(ConfigDriveData(password: password)) == expected)
    }

    @Test(arguments: ["R", "RANDOM", "$6$a$b", "$1$x$y", "$2y$10$abc", "$y$j9T$x$y", "$6$rounds=9$a$b"])
    func passwordWithAMeaningToCloudInitIsKnown(_ password: String) throws {
        #expect(try GuestPassword(password).hasMeaningToCloudInit)
    }

    @Test(arguments: ["r", "RANDOM1", "Random", "$", "$1", "$$", "a$6$a$b", "$6$a"])
    func otherPasswordsHaveNone(_ password: String) throws {
        #expect(try !GuestPassword(password).hasMeaningToCloudInit)
    }

    // MARK: - Keys

    @Test func wrongKeyIsCounted() {
        #expect(message(ConfigDriveData(sshKeys: [DriveSamples.ed25519, ""])) == "SSH key 2 is empty")
    }

    @Test func sameLineTwiceIsOneKey() throws {
        let keys = [DriveSamples.ed25519, DriveSamples.ecdsa, DriveSamples.ed25519 + " "]
        #expect(try contents(ConfigDriveData(sshKeys: keys)).sshKeys.map(\.line) == Array(keys.prefix(2)))
    }

    @Test func sameKeyWithOtherOptionsIsRefused() {
        let keys = [DriveSamples.ed25519, "restrict " + DriveSamples.ed25519]
        #expect(
            message(ConfigDriveData(sshKeys: keys))
                == "SSH key 2 is the same key as SSH key 1 with other options or another comment; give it once"
        )
    }

    @Test func metadataGivesKeysToo() throws {
        let lines = "\(DriveSamples.ed25519)\r\n\n\(DriveSamples.ecdsa)\n"
        let expected = [DriveSamples.ed25519, DriveSamples.ecdsa]
        #expect(try contents(ConfigDriveData(metadata: ["public-keys": lines])).sshKeys.map(\.line) == expected)
        let vmData = [item("metadata", "public-keys", lines)]
        #expect(try contents(ConfigDriveData(vmData: vmData)).sshKeys.map(\.line) == expected)
        #expect(
            message(ConfigDriveData(vmData: [item("metadata", "public-keys", "\(DriveSamples.ed25519)\nhunter2")]))
                == "public key 2 of entry 1 of the VM data has no type that cloud-init knows; it should look like "
                + "'ssh-ed25519 AAAA… comment'"
        )
    }

    // MARK: - Metadata

    @Test(arguments: [
        ("", "metadata needs a key, as in key=value"),
        ("../a", "'../a' is not a metadata key: \(InputText.fileNameRule)"),
        ("a/b", "'a/b' is not a metadata key: \(InputText.fileNameRule)"),
        (".a", "'.a' is not a metadata key: \(InputText.fileNameRule)"),
        ("a\nb", "'a?b' is not a metadata key: \(InputText.fileNameRule)"),
        ("é", "'é' is not a metadata key: \(InputText.fileNameRule)"),
        (
            "admin_pass",
            "metadata 'admin_pass' would overrule the password of cloudbase-init; give the password itself instead"
        ),
        ("public_keys", "metadata 'public_keys' is a name of the drive's own; public keys are 'public-keys'"),
    ])
    func wrongMetadataKeyIsRefused(_ key: String, _ expected: String) {
        #expect(message(ConfigDriveData(metadata: [key: "v"])) == expected)
    }

    @Test func longMetadataKeyIsRefused() {
        #expect(message(ConfigDriveData(metadata: [String(repeating: "a", count: 60): "v"])) == nil)
        #expect(message(ConfigDriveData(metadata: [String(repeating: "a", count: 61): "v"])) != nil)
    }

    @Test func controlCharacterInAValueIsRefused() {
        #expect(message(ConfigDriveData(metadata: ["a": "x\ty\nz"])) == nil)
        #expect(
            message(ConfigDriveData(metadata: ["a": "x\0"]))
                == "metadata 'a' has a value with a NUL or another control character"
        )
    }

    @Test func blankValueIsNone() throws {
        let data = ConfigDriveData(metadata: ["role": " \n", "public-ipv4": ""], vmData: [item("metadata", "x", "")])
        #expect(try contents(data).metadata.isEmpty)
        #expect(try contents(data).wellKnown["public-ipv4"] == nil)
    }

    @Test func casesAloneDoNotTellKeysApart() {
        #expect(
            message(ConfigDriveData(metadata: ["Role": "a", "role": "b"]))
                == "'metadata/role' and 'metadata/Role' differ only in their cases, which not every guest can tell apart"
        )
    }

    @Test func idsAreTheUUIDUnlessGiven() throws {
        let plain = try contents(ConfigDriveData()).wellKnown
        #expect(plain["instance-id"] == DriveSamples.uuid)
        #expect(plain["vm-id"] == DriveSamples.uuid)
        let given = try contents(ConfigDriveData(metadata: ["instance-id": "i-1", "vm-id": "v-1"])).wellKnown
        #expect(given["instance-id"] == "i-1")
        #expect(given["vm-id"] == "v-1")
    }

    // MARK: - VM data

    @Test(arguments: ["", ".", "..", "a/b", "/a", "a\\b", "a b"])
    func wrongNamesAreRefused(_ name: String) {
        #expect(
            message(ConfigDriveData(vmData: [item(name, "b", "c")]))
                == "entry 1 of the VM data has the directory '\(name)', which is not a plain name: "
                + InputText.fileNameRule
        )
        #expect(
            message(ConfigDriveData(vmData: [item("a", "b", "c"), item("a", name, "c")]))
                == "entry 2 of the VM data has the filename '\(name)', which is not a plain name: "
                + InputText.fileNameRule
        )
    }

    @Test func directoryOfCloudStackInOtherCasesIsRefused() {
        #expect(
            message(ConfigDriveData(vmData: [item("Metadata", "a", "b")]))
                == "entry 1 of the VM data has the directory 'Metadata', which should be 'metadata'"
        )
    }

    @Test(arguments: ["SGVsbG8_Cg==", "SGVsbG8_Cg", "SGVs\nbG8/Cg=="])
    func userDataIsDecodedAsCloudStackDoes(_ text: String) throws {
        let contents = try contents(ConfigDriveData(vmData: [item("userdata", "user_data", text)]))
        #expect(contents.userData == Array("Hello?\n".utf8))
    }

    @Test func onlyUserDataIsBase64() throws {
        let contents = try contents(
            ConfigDriveData(vmData: [item("own", "file", "SGVs"), item("own", "user_data", "SGVs")])
        )
        #expect(contents.otherFiles.map(\.content) == [Array("SGVs".utf8), Array("Hel".utf8)])
    }

    @Test func wrongBase64IsNamed() {
        #expect(
            message(ConfigDriveData(vmData: [item("userdata", "user_data", "#cloud-config")]))
                == "entry 1 of the VM data ('userdata/user_data') is not base64, which user data has to be"
        )
    }

    @Test func passwordOfCloudStackIsTaken() throws {
        let vmData = [item("password", "vm_password", "secret"), item("password", "vm-password-md5checksum", "5ebe22")]
        let contents = try contents(ConfigDriveData(vmData: vmData))
        #expect(contents.password?.text == "secret")
        #expect(contents.otherFiles.isEmpty)
    }

    @Test(arguments: ["", "saved_password"])
    func passwordThatTheGuestHasIsNone(_ content: String) throws {
        #expect(try contents(ConfigDriveData(vmData: [item("password", "vm_password", content)])).password == nil)
    }

    @Test func whatIsGivenTwiceIsRefused() {
        let local = item("metadata", "local-hostname", "db")
        #expect(
            message(ConfigDriveData(metadata: ["local-hostname": "db"], vmData: [local]))
                == "'metadata/local-hostname' is given twice, by metadata and by entry 1 of the VM data"
        )
        #expect(
            message(ConfigDriveData(metadata: ["local-hostname": "db"], hostname: "db"))
                == "'metadata/local-hostname' is given twice, by the host name and by metadata"
        )
        #expect(
            message(ConfigDriveData(userData: [1], vmData: [item("userdata", "user_data", "QQ==")]))
                == "'userdata/user_data' is given twice, by user data and by entry 1 of the VM data"
        )
        #expect(
            message(ConfigDriveData(vmData: [item("password", "vm_password", "a")], password: "b"))
                == "'password/vm_password' is given twice, by the password and by entry 1 of the VM data"
        )
        #expect(
            message(ConfigDriveData(sshKeys: [DriveSamples.ed25519], metadata: ["public-keys": DriveSamples.ecdsa]))
                == "'metadata/public-keys' is given twice, by SSH keys and by metadata"
        )
        #expect(
            message(ConfigDriveData(vmData: [item("a", "b", "c"), item("a", "b", "c")]))
                == "'a/b' is given twice, by entry 1 of the VM data and by entry 2 of the VM data"
        )
        #expect(
            message(ConfigDriveData(vmData: [item("a", "b", "c"), item("A", "B", "c")]))
                == "'A/B' and 'a/b' differ only in their cases, which not every guest can tell apart"
        )
    }

    // MARK: - The files that the drive makes itself

    @Test(arguments: [
        ("userdata", "User_Data"), ("metadata", "Instance-Id"), ("metadata", "VM-ID"), ("metadata", "Local-Hostname"),
        ("metadata", "Public_Keys"), ("password", "VM_Password"), ("password", "VM-Password-MD5checksum"),
    ])
    func ownFileInOtherCasesIsRefused(_ directory: String, _ filename: String) {
        let own = filename.lowercased()
        #expect(
            message(ConfigDriveData(vmData: [item(directory, filename, "QQ==")]))
                == "entry 1 of the VM data has the name '\(filename)', which should be '\(own)'"
        )
    }

    @Test func metadataKeyInOtherCasesIsRefused() {
        #expect(
            message(ConfigDriveData(metadata: ["Instance-ID": "i-1"]))
                == "metadata has the name 'Instance-ID', which should be 'instance-id'"
        )
    }
}
