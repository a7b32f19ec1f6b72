import Foundation
import Testing

@testable import Provisioning

@Suite struct DriveLayoutTests {
    private func tree(
        _ data: ConfigDriveData,
        _ layout: any DriveLayout = ConfigDriveLayout(),
        guest: GuestFacts = DriveSamples.guest
    ) throws -> DriveTree {
        try ConfigDriveBuilder(layout: layout).tree(data, for: guest)
    }

    private func json(_ tree: DriveTree, _ path: String) throws -> [String: Any] {
        let bytes = try #require(tree[path])
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    // MARK: - Which layouts there are

    @Test func layoutsAreFoundByName() throws {
        #expect(try DriveLayouts.named("configdrive").defaultLabel == "config-2")
        #expect(try DriveLayouts.named("nocloud").defaultLabel == "cidata")
        #expect(DriveLayouts.all.map(\.name) == ["configdrive", "nocloud"])
    }

    @Test func unknownLayoutIsRefusedWithTheKnown() {
        #expect(
            throws: ConfigDriveError(
                .badInput,
                "'vfat' is not a format of a config drive; known are 'configdrive', 'nocloud'"
            )
        ) {
            try DriveLayouts.named("vfat")
        }
    }

    // MARK: - configdrive

    @Test func nothingGivenIsStillAnInstance() throws {
        let tree = try tree(ConfigDriveData())
        let metadata = try json(tree, "openstack/latest/meta_data.json")
        #expect(metadata.keys.sorted() == ["hostname", "launch_index", "name", "uuid"])
        #expect(metadata["uuid"] as? String == DriveSamples.uuid)
        #expect(tree.text("openstack/latest/vendor_data.json") == "{}")
        for name in ["user_data", "user-data", "network_data.json", "vendor_data2.json"] {
            #expect(!tree.paths.contains { $0.hasSuffix("/" + name) })
        }
        #expect(!tree.paths.contains { $0.contains("password") || $0.contains("userdata") || $0.contains("keys") })
    }

    @Test func eachVersionHasTheFilesThatNovaBringsInIt() throws {
        let guest = GuestFacts(uuid: DriveSamples.uuid, interfaces: [.init(mac: "52:54:00:00:00:01")])
        let tree = try tree(ConfigDriveData(userData: [1], network: .auto), guest: guest)
        let first = ["meta_data.json", "user_data"]
        let havana = ["meta_data.json", "user_data", "vendor_data.json"]
        let liberty = ["meta_data.json", "network_data.json", "user_data", "vendor_data.json"]
        let expected = [
            "2012-08-10": first, "2013-10-17": havana, "2015-10-15": liberty, "2018-08-27": liberty, "latest": liberty,
        ]
        let found = Dictionary(grouping: tree.paths.filter { $0.hasPrefix("openstack/") }) {
            $0.split(separator: "/")[1]
        }
        #expect(found.count == expected.count)
        for (version, names) in expected {
            let paths = found[version[...]]?.sorted()
            #expect(paths == names.map { "openstack/\(version)/\($0)" })
            for name in names {
                #expect(tree["openstack/\(version)/\(name)"] == tree["openstack/latest/\(name)"])
            }
        }
    }

    @Test func eachContentIsThereOnce() throws {
        let guest = GuestFacts(uuid: DriveSamples.uuid, interfaces: [.init(mac: "52:54:00:00:00:01")])
        let data = ConfigDriveData(
            userData: [1],
            sshKeys: [DriveSamples.ed25519],
            password: "secret",
            network: .auto
        )
        let tree = try tree(data, guest: guest)
        let userData = tree.files.filter { $0.content == 0 }.map(\.path)
        #expect(userData.first == "cloudstack/userdata/user_data.txt")
        #expect(userData.count == 1 + 5 + 2)
        for name in ["meta_data.json", "vendor_data.json", "network_data.json", "meta-data.json"] {
            #expect(Set(tree.files.filter { $0.path.hasSuffix("/" + name) }.map(\.content)).count == 1)
        }
    }

    @Test func networkIsTheSameForAll() throws {
        let guest = GuestFacts(uuid: DriveSamples.uuid, interfaces: [.init(mac: "52:54:00:00:00:01")])
        let network = try NetworkConfiguration.auto(guest)
        #expect(
            try tree(ConfigDriveData(network: .auto), guest: guest)["openstack/latest/network_data.json"]
                == network.networkData()
        )
        #expect(
            try tree(ConfigDriveData(network: .auto), NoCloudLayout(), guest: guest)["network-config"]
                == network.networkConfig()
        )
    }

    @Test func namesOfCloudStackGoToTheirPlaces() throws {
        let metadata = [
            "service-offering": "Mëdium", "availability-zone": "zone 1", "local-ipv4": "10.0.0.2",
            "public-ipv4": "192.0.2.1",
            "public-hostname": "web.example.org", "instance-id": "i-1", "vm-id": "v-1",
            "cloud-identifier": "CloudStack-{1}",
            "hypervisor-host-name": "kvm1", "cloud-domain": "ROOT", "cloud-domain-id": "d-1", "cloud-name": "cloud",
            "local-hostname": "web",
        ]
        let tree = try tree(ConfigDriveData(metadata: metadata))
        for (key, value) in metadata { #expect(tree.text("cloudstack/metadata/\(key).txt") == value) }
        #expect(
            tree.text("openstack/latest/meta_data.json") == """
                {"availability_zone":"zone 1","cloud-domain":"ROOT","cloud-domain-id":"d-1","cloud-name":"cloud",\
                "hostname":"web","hypervisor-host-name":"kvm1","launch_index":0,"name":"web.example.org",\
                "uuid":"\(DriveSamples.uuid)"}
                """
        )
        #expect(
            tree.text("ec2/2009-04-04/meta-data.json") == """
                {"ami-launch-index":0,"hostname":"web","instance-action":"none","instance-id":"i-1",\
                "instance-type":"Mëdium","local-hostname":"web","local-ipv4":"10.0.0.2",\
                "placement":{"availability-zone":"zone 1"},"public-hostname":"web.example.org","public-ipv4":"192.0.2.1"}
                """
        )
    }

    @Test func ownMetadataIsBelowMetaAndAtTheTopForTemplates() throws {
        let tree = try tree(ConfigDriveData(metadata: ["role": "wéb", "a.b": "c\nd"]))
        let metadata = try json(tree, "openstack/latest/meta_data.json")
        #expect(metadata["meta"] as? [String: String] == ["role": "wéb", "a.b": "c\nd"])
        #expect(metadata["role"] as? String == "wéb")
        #expect(tree.text("cloudstack/metadata/role.txt") == "wéb")
    }

    @Test(arguments: ["uuid", "name", "hostname", "launch_index", "keys", "meta", "files", "random_seed", "dsmode"])
    func ownMetadataOverwritesNothing(_ key: String) throws {
        let plain = try json(tree(ConfigDriveData()), "openstack/latest/meta_data.json")
        let tree = try tree(ConfigDriveData(metadata: [key: "mine"]))
        var metadata = try json(tree, "openstack/latest/meta_data.json")
        #expect((metadata.removeValue(forKey: "meta") as? [String: String]) == [key: "mine"])
        #expect(metadata as? [String: AnyHashable] == plain as? [String: AnyHashable])
    }

    @Test func eachKeyHasANameOfItsOwn() throws {
        let keys = [
            DriveSamples.ed25519, DriveSamples.ecdsa, DriveSamples.ed25519WithoutComment, DriveSamples.rsa,
        ]
        let tree = try tree(ConfigDriveData(sshKeys: keys))
        let metadata = try json(tree, "openstack/latest/meta_data.json")
        #expect(
            metadata["public_keys"] as? [String: String] == [
                "admin@example": keys[0], "admin@example-2": keys[1], "key": keys[2], "second admin": keys[3],
            ]
        )
        let list = try #require(metadata["keys"] as? [[String: String]])
        #expect(list.map { $0["data"] } == keys)
        #expect(list.map { $0["name"] } == ["admin@example", "admin@example-2", "key", "second admin"])
        #expect(list.allSatisfy { $0["type"] == "ssh" && $0.count == 3 })
        for name in ["public-keys", "public_keys"] {
            #expect(tree.text("cloudstack/metadata/\(name).txt") == keys.joined(separator: "\n"))
        }
        let ec2 = try json(tree, "ec2/latest/meta-data.json")
        #expect((ec2["public-keys"] as? [String: [String: String]])?["3"] == ["openssh-key": keys[3]])
    }

    @Test func passwordIsWhereEachReaderLooks() throws {
        // Its MD5 begins with zeros, which CloudStack's own builder loses.
        let tree = try tree(ConfigDriveData(password: "jk8ssl"))
        #expect(tree.text("cloudstack/password/vm_password.txt") == "jk8ssl")
        for name in ["vm-password-md5checksum", "vm_password_md5checksum"] {
            #expect(tree.text("cloudstack/password/\(name).txt") == "0000000018e6137ac2caab16074784a6")
        }
        #expect(try json(tree, "openstack/latest/meta_data.json")["admin_pass"] as? String == "jk8ssl")
        #expect(
            try json(tree, "openstack/latest/vendor_data.json") as? [String: String] == [
                "cloud-init": "#cloud-config\npassword: \"jk8ssl\"\nchpasswd:\n  expire: false\n"
            ]
        )
    }

    @Test(arguments: DriveLayouts.all.map(\.name))
    func otherGuestsThanWindowsGetNoPasswordForIt(_ name: String) throws {
        let layout = try DriveLayouts.named(name)
        let windows = try tree(ConfigDriveData(password: "secret", isWindows: true), layout)
        let unknown = try tree(ConfigDriveData(password: "secret"), layout)
        #expect(windows == unknown)
        let other = try tree(ConfigDriveData(password: "secret", isWindows: false), layout)
        #expect(!other.paths.contains { $0.contains("md5") })
        let metadata = name == "nocloud" ? "meta-data" : "openstack/latest/meta_data.json"
        #expect(other.text(metadata)?.contains("secret") == false)
        #expect(windows.text(metadata)?.contains("secret") == true)
    }

    @Test func otherFilesOfTheVMDataAreOnTheDrive() throws {
        let data = ConfigDriveData(vmData: [VMDataItem(directory: "own", filename: "file", content: "é")])
        #expect(try tree(data).text("cloudstack/own/file.txt") == "é")
    }

    // MARK: - nocloud

    @Test func nocloudHasItsTwoFilesAlways() throws {
        let tree = try tree(ConfigDriveData(), NoCloudLayout())
        #expect(tree.paths == ["meta-data", "user-data"])
        #expect(tree["user-data"] == [])
        #expect(
            tree.text("meta-data") == """
                instance-id: "\(DriveSamples.uuid)"
                local-hostname: "web1"
                vm-id: "\(DriveSamples.uuid)"

                """
        )
    }

    @Test func nocloudHasNoPlaceForOtherFiles() {
        let data = ConfigDriveData(vmData: [VMDataItem(directory: "own", filename: "file", content: "c")])
        #expect(
            throws: ConfigDriveError(
                .badInput,
                "'own/file' of the VM data has no place on a drive of format 'nocloud'"
            )
        ) { try tree(data, NoCloudLayout()) }
    }

    // MARK: - The builder

    @Test func labelIsThatOfTheLayoutUnlessGiven() throws {
        for (label, expected) in [(nil, "cidata"), ("CIDATA", "CIDATA")] {
            let image = try ConfigDriveBuilder(layout: NoCloudLayout())
                .image(ConfigDriveData(label: label), for: DriveSamples.guest)
            // The volume identifier of the primary volume descriptor, ECMA-119 §8.4.7.
            let field = image[(16 * 2048 + 40)..<(16 * 2048 + 72)]
            #expect(String(decoding: field, as: UTF8.self).trimmingCharacters(in: .whitespaces) == expected)
        }
    }

    @Test(arguments: DriveLayouts.all.map(\.name))
    func sameInputGivesTheSameDrive(_ name: String) throws {
        let data = ConfigDriveData(
            userData: [1],
            vendorData: [0x23],
            sshKeys: [DriveSamples.ed25519, DriveSamples.rsa],
            metadata: ["a": "1", "b": "2", "c": "3", "cloud-name": "x"],
            password: "secret"
        )
        let builder = ConfigDriveBuilder(layout: try DriveLayouts.named(name))
        let (first, second) = (
            try builder.tree(data, for: DriveSamples.guest), try builder.tree(data, for: DriveSamples.guest)
        )
        #expect(first == second)
        #expect(try builder.image(data, for: DriveSamples.guest) == builder.image(data, for: DriveSamples.guest))
    }
}
