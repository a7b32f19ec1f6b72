import Testing

@testable import Provisioning

@Suite struct VendorDataTests {
    private func message(_ vendorData: [UInt8], password: String?, _ layout: any DriveLayout) -> String? {
        do throws(ConfigDriveError) {
            let data = ConfigDriveData(vendorData: vendorData, password: password)
            _ = try ConfigDriveBuilder(layout: layout).tree(data, for: DriveSamples.guest)
            return nil
        } catch {
            return error.message
        }
    }

    @Test(arguments: [nil, "secret"])
    func jsonHoldsNoBytes(_ password: String?) {
        #expect(
            message([0x1F, 0x8B, 8], password: password, ConfigDriveLayout())
                == "the vendor data is compressed, which vendor_data.json cannot hold; give it uncompressed"
        )
        #expect(
            message([0x23, 0xE9], password: password, ConfigDriveLayout())
                == "the vendor data is not UTF-8 text, which is all that vendor_data.json can hold"
        )
    }

    @Test func nocloudHoldsBytesButNotBesideAPassword() {
        for bytes: [UInt8] in [[0x1F, 0x8B, 8], [0x23, 0xE9]] {
            #expect(message(bytes, password: nil, NoCloudLayout()) == nil)
        }
        #expect(
            message([0x1F, 0x8B, 8], password: "secret", NoCloudLayout())
                == "the vendor data is compressed, so the password cannot be set beside it; give it uncompressed"
        )
        #expect(
            message([0x23, 0xE9], password: "secret", NoCloudLayout())
                == "the vendor data is not UTF-8 text, so the password cannot be set beside it"
        )
    }

    @Test func nocloudGivesVendorDataAsItIs() throws {
        let bytes: [UInt8] = [0, 1, 0xFF]
        let tree = try ConfigDriveBuilder(layout: NoCloudLayout())
            .tree(ConfigDriveData(vendorData: bytes), for: DriveSamples.guest)
        #expect(tree["vendor-data"] == bytes)
    }

    static let script = Part(type: "text/x-shellscript", text: "#!/bin/sh\necho 'é' \"$1\"\n")
    /// Python's parser has no way with other characters in a part that is not encoded.
    static let plainScript = Part(type: "text/x-shellscript", text: "#!/bin/sh\necho hello\n")
    static let boothook = Part(type: "text/cloud-boothook", text: "#cloud-boothook\n#!/bin/sh\n")

    struct Part: Equatable, Sendable {
        let type: String
        let text: String
    }

    /// What a user may give as vendor data, the parts that cloud-init is to find in it, and its `motd` setting.
    static let samples: [(name: String, text: String, parts: [Part], setting: String?)] = [
        ("cloud-config", "#cloud-config\nmotd: é\n", [], "é"),
        (
            "cloud-config that sets another password",
            "#cloud-config\nmotd: a\npassword: other\nchpasswd: {expire: true}\n", [], "a"
        ),
        ("script", script.text, [script], nil),
        ("boothook", boothook.text, [boothook], nil),
        ("unknown", "who knows", [Part(type: "text/x-not-multipart", text: "who knows")], nil),
        (
            "MIME",
            """
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary="=====vendor-data-0====="

            --=====vendor-data-0=====
            Content-Type: text/x-shellscript; charset="utf-8"

            \(plainScript.text)
            --=====vendor-data-0=====
            Content-Type: text/cloud-config

            motd: b
            --=====vendor-data-0=====--

            """, [plainScript], "b"
        ),
        (
            "MIME as Python writes it",
            """
            From nobody Sat Nov 21 00:00:00 2026
            Content-Type: multipart/mixed; boundary="===============2198920248943698154=="
            MIME-Version: 1.0

            --===============2198920248943698154==
            Content-Type: text/cloud-config; charset="us-ascii"
            MIME-Version: 1.0
            Content-Transfer-Encoding: 7bit

            motd: c

            --===============2198920248943698154==--
            """, [], "c"
        ),
        (
            "MIME of one part",
            "Content-Type: text/cloud-config\nMIME-Version: 1.0\n\nmotd: d\n", [], "d"
        ),
    ]

    @Test(arguments: DriveLayouts.all.map(\.name))
    func vendorDataAndThePasswordBothReachTheGuest(_ name: String) throws {
        let builder = ConfigDriveBuilder(layout: try DriveLayouts.named(name))
        let trees = try Self.samples.flatMap { sample in
            try ["se\"cret", nil].map { password in
                let data = ConfigDriveData(vendorData: Array(sample.text.utf8), password: password)
                return try builder.tree(data, for: DriveSamples.guest)
            }
        }
        let views = try GuestView.read(trees, isNoCloud: name == "nocloud")
        for (index, sample) in Self.samples.enumerated() {
            for (view, password) in [(views[2 * index], "se\"cret"), (views[2 * index + 1], nil)] {
                let comment = Comment(rawValue: "\(sample.name), \(password ?? "no password"): \(view.cloudInit)")
                #expect(view.errors.isEmpty, comment)
                let parts = view.vendorParts.map {
                    Part(type: $0.type, text: String(decoding: $0.content, as: UTF8.self))
                }
                #expect(parts.map(\.text.trimmed) == sample.parts.map(\.text.trimmed), comment)
                if sample.name != "unknown" { #expect(parts.map(\.type) == sample.parts.map(\.type), comment) }
                #expect(view.config["motd"] as? String == sample.setting, comment)
                if let password {
                    #expect(view.passwords.map(\.password) == [password], comment)
                    #expect(view.expired.isEmpty, comment)
                } else if sample.name != "cloud-config that sets another password" {
                    #expect(view.passwords.isEmpty, comment)
                }
            }
        }
    }
}
