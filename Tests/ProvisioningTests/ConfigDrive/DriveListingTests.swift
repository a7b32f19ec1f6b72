import Testing

@testable import Provisioning

@Suite struct DriveListingTests {
    private static let data = ConfigDriveData(
        userData: Array("#!/bin/sh\n# USERSECRET\n".utf8),
        vendorData: Array("#cloud-config\n# VENDORSECRET\n".utf8),
        sshKeys: [DriveSamples.ed25519],
        metadata: ["role": "web"],
        password: "PASSSECRET"
    )

    private func listing(_ data: ConfigDriveData, _ name: String) throws -> DriveListing {
        let builder = ConfigDriveBuilder(layout: try DriveLayouts.named(name))
        return DriveListing(try builder.tree(data, for: DriveSamples.guest))
    }

    @Test(arguments: DriveLayouts.all.map(\.name))
    func noSecretIsShown(_ name: String) throws {
        for entry in try listing(Self.data, name).entries {
            #expect(entry.text?.contains("SECRET") != true, "\(entry.path)")
        }
    }

    @Test(arguments: DriveLayouts.all.map(\.name))
    func everyFileWithASecretIsMarked(_ name: String) throws {
        let tree = try ConfigDriveBuilder(layout: DriveLayouts.named(name)).tree(Self.data, for: DriveSamples.guest)
        for entry in DriveListing(tree).entries where tree.text(entry.path)?.contains("SECRET") == true {
            #expect(entry.isSecret, "\(entry.path)")
        }
    }

    @Test func metadataIsShownWithoutItsPassword() throws {
        let openstack = try listing(Self.data, "configdrive").entries.first {
            $0.path == "openstack/latest/meta_data.json"
        }
        #expect(openstack?.isSecret == true)
        #expect(openstack?.text?.hasPrefix(#"{"admin_pass":"(hidden)","hostname":"web1","#) == true)
        let nocloud = try listing(Self.data, "nocloud").entries.first { $0.path == "meta-data" }
        #expect(nocloud?.isSecret == true)
        #expect(nocloud?.text?.contains("admin-password: (hidden)\n") == true)
        #expect(nocloud?.text?.contains("role: \"web\"\n") == true)
    }

    @Test(arguments: DriveLayouts.all.map(\.name))
    func nothingIsSecretWhereNothingWasGiven(_ name: String) throws {
        let entries = try listing(ConfigDriveData(), name).entries
        #expect(entries.filter(\.isSecret).map(\.path) == [])
    }

    @Test func linksTellTheirFirst() throws {
        let entries = try listing(Self.data, "configdrive").entries
        let userData = entries.first { $0.path == "openstack/latest/user_data" }
        #expect(userData?.linkedTo == "cloudstack/userdata/user_data.txt")
        #expect(userData?.size == 23)
        #expect(entries.first?.linkedTo == nil)
    }

    @Test func brokenMetadataIsNotShown() throws {
        var tree = DriveTree()
        try tree.add("openstack/latest/meta_data.json", Array("{\"admin_pass\":\"SECRET\"".utf8))
        try tree.add("meta-data", Array("admin-password: \"SECRET".utf8))
        try tree.add("other", Array("SECRET".utf8))
        for entry in DriveListing(tree).entries {
            #expect(entry.isSecret)
            #expect(entry.text == nil)
        }
    }
}
