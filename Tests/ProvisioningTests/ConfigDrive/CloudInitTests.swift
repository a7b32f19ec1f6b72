import Foundation
import Testing

@testable import Provisioning

/// What real cloud-init gets from drives, and what cloudbase-init's rules give.
@Suite struct CloudInitTests {
    private static let layouts = DriveLayouts.all.map(\.name)

    private func views(_ all: [ConfigDriveData], _ layout: String, asImages: Bool = false) throws -> [GuestView] {
        let builder = ConfigDriveBuilder(layout: try DriveLayouts.named(layout))
        let trees = try all.map { try builder.tree($0, for: DriveSamples.guest) }
        return try GuestView.read(trees, isNoCloud: layout == "nocloud", asImages: asImages)
    }

    private static let hostilePasswords = [
        "\"", "\\", "#", "0123", "yes", "null", "~", "a: b", "*x", "@x", "%x", "!x", "[x", "{x", "'", "`", "&a", "|",
        ">", "-",
        "- a", "? a", ": a", "a #b", "#abc", "x:", ",", "=", "<<", "1:30", "2001-01-01", "1e3", "0x1F", "1_000", ".inf",
        "---",
        "...", "%YAML 1.1", "\"x", "\\x", "a\\b", "\\u0041", "\\n", " ", " a ", "  ", "\t", "\ta\t", "é", "pässwörd",
        "😀",
        "👨‍👩‍👧", "e\u{301}", "\u{85}", "\u{A0}", "\u{2028}", "\u{FEFF}a", "\u{FFFE}", "\u{9F}", "\u{10FFFF}",
        String(repeating: "x", count: 256), String(repeating: "a b ", count: 64), "{{ a }}", "${x}", "$(id)", "a:b:c",
        "root:x",
        "$1", "$", "RANDOM ", "random", "r", "R ",
    ]

    @Test(arguments: layouts)
    func hostilePasswordsComeOutAsTheyWentIn(_ layout: String) throws {
        let views = try views(Self.hostilePasswords.map { ConfigDriveData(password: $0) }, layout)
        for (password, view) in zip(Self.hostilePasswords, views) {
            #expect(view.errors.isEmpty && view.complaints.isEmpty, "\(password.debugDescription): \(view.cloudInit)")
            let expected = [GuestView.Password(user: "debian", password: password, isHashed: false)]
            #expect(view.passwords == expected, "\(password.debugDescription)")
            #expect(view.config["password"] as? String == password)
            #expect(view.expired.isEmpty)
            #expect(view.cloudbaseInit["password"] as? String == password)
        }
    }

    /// cloud-init would invent a password for the one, and take the other for a hash.
    @Test(arguments: layouts)
    func passwordsThatMeanSomethingToCloudInitStillLetIn(_ layout: String) throws {
        let passwords = ["R", "$6$a$b"]
        let views = try views(passwords.map { ConfigDriveData(password: $0) }, layout)
        for (password, view) in zip(passwords, views) {
            let salt = DriveSamples.uuid.replacing("-", with: "").prefix(16)
            let hash = SHA512Crypt.hash(Array(password.utf8), salt: Array(salt.utf8))
            #expect(
                view.passwords == [GuestView.Password(user: "debian", password: hash, isHashed: true)],
                "\(password)"
            )
            #expect(view.cloudbaseInit["password"] as? String == password)
        }
    }

    @Test(arguments: layouts)
    func eachKeyArrivesAlone(_ layout: String) throws {
        let keys = [
            DriveSamples.ed25519, DriveSamples.ecdsa, DriveSamples.ed25519WithoutComment,
            #"command="echo \"a, b\"",no-pty "# + DriveSamples.rsa,
        ]
        let view = try #require(try views([ConfigDriveData(sshKeys: keys)], layout).first)
        #expect(view.keys.sorted() == keys.sorted())
        #expect((view.cloudbaseInit["keys"] as? [String])?.sorted() == keys.sorted())
    }

    /// Any bytes, compressed and MIME among them.
    @Test(arguments: layouts)
    func userDataArrivesAsItWas(_ layout: String) throws {
        let all: [[UInt8]] = [
            Array("#cloud-config\nmotd: é\n".utf8), Array("#!/bin/sh\r\nexit".utf8), [0], Array(0...255),
            Array("MIME-Version: 1.0\nContent-Type: text/x-shellscript\n\n#!/bin/sh\n".utf8),
        ]
        for asImages in [false, true] {
            let views = try views(all.map { ConfigDriveData(userData: $0) }, layout, asImages: asImages)
            for (bytes, view) in zip(all, views) {
                #expect(view.userData == bytes)
                #expect(view.cloudbaseInit["userData"] as? String == Data(bytes).base64EncodedString())
            }
        }
    }

    @Test(arguments: layouts)
    func compressedUserDataIsConsumed(_ layout: String) throws {
        // printf '#!/bin/sh\n' | gzip -n
        let compressed: [UInt8] = Array(Data(base64Encoded: "H4sIAAAAAAAAA1NW1E/KzNMvzuACAB2d+wQKAAAA") ?? Data())
        let view = try #require(try views([ConfigDriveData(userData: compressed)], layout).first)
        #expect(view.errors.isEmpty)
        #expect(view.userData == compressed)
        #expect(view.userParts == [GuestView.Part(type: "text/x-shellscript", content: Array("#!/bin/sh\n".utf8))])
    }

    @Test(arguments: layouts)
    func hostNamesStayStrings(_ layout: String) throws {
        let names = ["web1", "db.example.org", "0123", "yes", "null", "1e3", "0x1F", "NO"]
        let views = try views(names.map { ConfigDriveData(hostname: $0) }, layout)
        for (name, view) in zip(names, views) {
            #expect(view.errors.isEmpty)
            #expect(view.hostname == name)
            #expect(view.cloudbaseInit["hostname"] as? String == name)
            #expect(view.instanceID == DriveSamples.uuid)
        }
    }

    /// Seeded, so that a failure comes back.
    @Test(arguments: layouts)
    func randomInputComesOutAsItWentIn(_ layout: String) throws {
        var random = SeededRandom(state: 20_261_121)
        let all = (0..<120).map { _ in
            ConfigDriveData(
                userData: (0..<Int.random(in: 1...64, using: &random)).map { _ in
                    UInt8.random(in: 0x20...0x7E, using: &random)
                },
                sshKeys: Bool.random(using: &random) ? [DriveSamples.ed25519, DriveSamples.rsa] : [],
                metadata: Dictionary(
                    (0..<Int.random(in: 0...6, using: &random)).map { _ in (random.key(), random.text(1...40, "\n\r\t"))
                    },
                    uniquingKeysWith: { first, _ in first }
                ),
                password: random.text(1...40, "\t")
            )
        }
        let views = try views(all, layout)
        for (data, view) in zip(all, views) {
            let comment = Comment(rawValue: "\(data) gave \(view.cloudInit)")
            #expect(view.errors.isEmpty, comment)
            let password = try #require(data.password)
            #expect(view.config["password"] as? String == password, comment)
            #expect(view.passwords.map(\.password) == [password], comment)
            #expect(view.userData == data.userData, comment)
            #expect(view.keys.sorted() == data.sshKeys.sorted(), comment)
            let given = data.metadata.filter { !InputText.isBlank($0.value) }
            #expect(view.metadata["meta"] as? [String: String] ?? [:] == given, comment)
        }
    }
}

/// SplitMix64: small, and the same everywhere.
private struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    /// Not all cases of letters, so that no two keys differ in them alone; not a name that the drive uses itself.
    mutating func key() -> String {
        "k"
            + String(
                (0..<Int.random(in: 1...12, using: &self)).map { _ in "abcxyz019._-".randomElement(using: &self) ?? "a"
                }
            )
            + "k"
    }

    /// Half of it characters that a format may stumble over; no special value of cloud-init, as it does not begin with
    /// `$`.
    mutating func text(_ length: ClosedRange<Int>, _ controls: String) -> String {
        let nasty = Array("\"'\\#:-?*&!|>%@`{}[],=~<$ " + controls)
        let rare: [Character] = ["é", "\u{301}", "😀", "\u{85}", "\u{A0}", "\u{2028}", "\u{FEFF}", "\u{FFFE}", "\u{1F}"]
        var text = "x"
        while text.utf8.count < Int.random(in: length, using: &self) {
            switch Int.random(in: 0..<4, using: &self) {
            case 0, 1: text.append(nasty.randomElement(using: &self) ?? "a")
            case 2: text.append("aZ09nulyes".randomElement(using: &self) ?? "a")
            default: text.append(rare.dropLast().randomElement(using: &self) ?? "a")
            }
        }
        return text
    }
}
