import Foundation
import TestSupport
import Testing

/// `hostler config-drive build`, `inspect` and `extract` as a process: what needs no libvirt and no state.
@Suite("hostler config-drive as a process")
struct ConfigDriveProcessTests {
    /// Beside the test bundle, where the package manager puts executables.
    private static let hostler =
        Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
        .map { $0.deletingLastPathComponent().appending(path: "hostler") }
        ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "hostler")

    private static let uuid = "0b1b6f0a-6f0e-4a4e-8d1c-0c8d3f1f6c01"
    private static let key =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS someone@example.com"

    private func run(
        _ arguments: [String],
        input: String = "",
        environment: [String: String] = [:]
    ) throws -> Command {
        try Command.run(
            [Self.hostler.path, "config-drive"] + arguments,
            input: Array(input.utf8),
            environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"].merging(environment) { $1 }
        )
    }

    private func build(_ folder: URL, _ arguments: [String], input: String = "") throws -> Command {
        try run(["build", "-o", folder.appending(path: "a.iso").path, "--uuid", Self.uuid] + arguments, input: input)
    }

    private func write(_ text: String, _ name: String, in folder: URL) throws -> String {
        let file = folder.appending(path: name)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    @Test("what is built is listed without its secrets, and comes out as it went in")
    func roundTrip() throws {
        try withFolder { folder in
            let userData = try write("#cloud-config\nsecret: geheim\n", "user-data", in: folder)
            let key = try write("# mine\n\(Self.key)\n", "id.pub", in: folder)
            let built = try build(
                folder,
                ["--user-data", userData, "--ssh-key", key, "--meta", "role=web", "--password-stdin"],
                input: "pässword \\\" #1\n"
            )
            #expect(built.status == 0, "\(built.errors)")
            let iso = folder.appending(path: "a.iso").path
            #expect(built.output.hasPrefix("\(iso): "))
            #expect(built.output.hasSuffix(" KiB, label config-2\n"))
            let mode = try FileManager.default.attributesOfItem(atPath: iso)[.posixPermissions] as? Int
            #expect(mode == 0o600)

            for arguments in [["inspect", iso], ["inspect", iso, "--json"]] {
                let listing = try run(arguments)
                #expect(listing.status == 0)
                #expect(listing.output.contains("config-2"))
                #expect(listing.output.contains(Self.uuid))
                #expect(listing.output.contains("cloudstack/password/vm_password.txt"))
                #expect(!listing.output.contains("geheim"))
                #expect(!listing.output.contains("pässword"))
            }
            let json = try JSONSerialization.jsonObject(with: Data(try run(["inspect", iso, "--json"]).output.utf8))
            #expect((json as? [String: Any])?["label"] as? String == "config-2")

            let out = folder.appending(path: "out").path
            let extracted = try run(["extract", iso, out])
            #expect(extracted.status == 0, "\(extracted.errors)")
            func content(_ path: String) throws -> String {
                try String(contentsOfFile: "\(out)/\(path)", encoding: .utf8)
            }
            #expect(try content("cloudstack/password/vm_password.txt") == "pässword \\\" #1")
            #expect(try content("openstack/latest/user_data") == "#cloud-config\nsecret: geheim\n")
            #expect(try content("cloudstack/metadata/public-keys.txt") == Self.key)
            let secret = try FileManager.default.attributesOfItem(atPath: "\(out)/openstack/latest/user_data")
            #expect(secret[.posixPermissions] as? Int == 0o600)

            let again = try run(["extract", iso, out])
            #expect(again.status == 65)
            #expect(again.errors == "hostler: \(out) is not empty; nothing in it is overwritten\n")
        }
    }

    @Test("the same input gives the same bytes, at any time and by any way")
    func reproducible() throws {
        try withFolder { folder in
            let first = try run(["build", "-o", "-", "--uuid", Self.uuid, "--meta", "a=1", "--meta", "b=2"])
            let file = folder.appending(path: "a.iso")
            #expect(try build(folder, ["--meta", "b=2", "--meta", "a=1"]).status == 0)
            let bytes = Array(try Data(contentsOf: file))
            #expect(first.status == 0)
            #expect(!bytes.isEmpty && first.output == String(decoding: bytes, as: UTF8.self))
            let before = try Command.check("stat", "-c", "%i %y", file.path)
            #expect(try build(folder, ["--meta", "b=2", "--meta", "a=1"]).status == 0)
            #expect(
                try Command.check("stat", "-c", "%i %y", file.path) == before,
                "what is there already is not written again"
            )
            let dated = try run(
                ["build", "-o", file.path, "--uuid", Self.uuid],
                environment: ["SOURCE_DATE_EPOCH": "951782400"]
            )
            #expect(dated.status == 0)
            #expect(try Command.check("isoinfo", "-l", "-R", "-i", file.path).contains("Feb 29 2000"))
        }
    }

    @Test("a domain gives its UUID, its name and its interfaces")
    func domain() throws {
        try withFolder { folder in
            let domain = try write(Self.domain, "domain.xml", in: folder)
            let iso = folder.appending(path: "a.iso").path
            let built = try run([
                "build", "-o", iso, "--domain-xml", domain, "--network", "auto", "--format", "nocloud",
            ])
            #expect(built.status == 0, "\(built.errors)")
            let listing = try run(["inspect", iso]).output
            #expect(listing.hasPrefix("label cidata, "))
            #expect(listing.contains("local-hostname: \"web1\""))
            #expect(listing.contains("52:54:00:00:00:01"))
            #expect(listing.contains(Self.uuid))
        }
    }

    private static let domain = """
        <domain type='kvm'><name>web1</name><uuid>\(uuid)</uuid><devices>
          <interface type='bridge'><mac address='52:54:00:00:00:01'/></interface>
        </devices></domain>
        """

    /// Files that bad input is in: `@NAME` in the arguments stands for the path of one.
    private static let files = [
        "key": "ssh-ed25519 not-base64 someone\n",
        "private": "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n",
        "empty": "",
        "domain": domain,
        "cidr": "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.300/24]\n",
        "mac": "version: 2\nethernets:\n  eth0:\n    match: {macaddress: '52:54:00:00:00:99'}\n    dhcp4: true\n",
        "twice": "[[\"userdata\",\"a\",\"1\"],[\"userdata\",\"a\",\"2\"]]",
        "dots": "[[\"metadata\",\"..\",\"1\"]]",
        "triple": "[[\"metadata\",\"a\"]]",
        "text": "not an ISO\n",
    ]

    @Test(
        "bad input is one clear sentence, and nothing is written",
        arguments: [
            (["--user-data", "/nonexistent"], 65, "--user-data: cannot read /nonexistent: no such file or directory"),
            (
                ["--user-data", "/dev/zero"], 65,
                "--user-data: /dev/zero has more than 1048576 bytes, which is the limit"
            ),
            (["--ssh-key", "@key"], 65, "ssh key"), (["--ssh-key", "@private"], 65, "is a private key"),
            (["--ssh-key", "@empty"], 65, "has no key in it"),
            (["--network", "@cidr", "--domain-xml", "@domain"], 65, "192.0.2.300/24"),
            (["--network", "@mac", "--domain-xml", "@domain"], 65, "52:54:00:00:00:99"),
            (["--network", "auto"], 65, "--domain-xml"), (["--vm-data", "@twice"], 65, "userdata"),
            (["--vm-data", "@dots"], 65, "'..'"),
            (["--vm-data", "@triple"], 65, "2 members instead of a directory, a filename and a content"),
            (["--format", "vfat"], 64, "known are 'configdrive', 'nocloud'"),
            (["--label", "a label"], 65, "letters, digits and"),
            (["--meta", "novalue"], 64, "--meta 'novalue' is not of"),
            (["--password-stdin", "--user-data", "-"], 64, "stdin can be read only once"),
            (["--password-stdin"], 65, "stdin is empty"), (["--uuid", "1234"], 64, "--uuid"),
            (["--hostname", "bad_name"], 65, "bad_name"), (["--domain-xml", "@text"], 65, "hostler: "),
        ]
    )
    func badInput(_ arguments: [String], _ status: Int32, _ message: String) throws {
        try withFolder { folder in
            let arguments = try arguments.map { argument in
                argument.hasPrefix("@")
                    ? try write(
                        Self.files[String(argument.dropFirst())] ?? "",
                        String(argument.dropFirst()),
                        in: folder
                    )
                    : argument
            }
            let iso = folder.appending(path: "a.iso")
            try Data("old".utf8).write(to: iso)
            let uuid = arguments.contains("--uuid") ? [] : ["--uuid", Self.uuid]
            let outcome = try run(["build", "-o", iso.path] + uuid + arguments)
            #expect(outcome.status == status, "\(outcome.errors)")
            #expect(outcome.errors.lowercased().contains(message.lowercased()), "\(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1)
            #expect(!outcome.errors.contains("c2VjcmV0"), "a secret is shown")
            #expect(outcome.output.isEmpty)
            #expect(try Data(contentsOf: iso) == Data("old".utf8))
        }
    }

    @Test("what is no drive is said to be none", arguments: ["text", "empty"])
    func notADrive(_ name: String) throws {
        try withFolder { folder in
            let file = try write(Self.files[name] ?? "", name, in: folder)
            for arguments in [["inspect", file], ["extract", file, folder.appending(path: "out").path]] {
                let outcome = try run(arguments)
                #expect(outcome.status == 65)
                #expect(outcome.errors.hasPrefix("hostler: ") && outcome.errors.contains(file), "\(outcome.errors)")
                #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "out").path))
            }
        }
    }

    @Test("a folder that cannot be written is said so, and the old drive stays")
    func unwritable() throws {
        try withFolder { folder in
            let missing = try run(["build", "-o", "\(folder.path)/no/a.iso", "--uuid", Self.uuid])
            #expect(missing.status == 1)
            #expect(missing.errors.contains("\(folder.path)/no"), "\(missing.errors)")
            let onFolder = try run(["build", "-o", folder.path, "--uuid", Self.uuid])
            #expect(onFolder.status == 1)
            #expect(onFolder.errors.contains("is a folder, not a drive"), "\(onFolder.errors)")
        }
    }

    @Test("killed at any point, it leaves the old drive or the new one, and the next one leaves nothing else")
    func killed() throws {
        try withFolder { folder in
            let iso = folder.appending(path: "a.iso")
            #expect(try build(folder, ["--meta", "n=old"]).status == 0)
            let old = try Data(contentsOf: iso)
            #expect(try build(folder, ["--meta", "n=new"]).status == 0)
            let new = try Data(contentsOf: iso)
            var wasKilled = 0
            for round in 0..<60 {
                try old.write(to: iso)
                let delay = String(format: "0.%03d", round)
                let outcome = try Command.run([
                    "timeout", "-s", "KILL", delay, Self.hostler.path, "config-drive", "build", "-o", iso.path,
                    "--uuid",
                    Self.uuid, "--meta", "n=new",
                ])
                if outcome.status != 0 { wasKilled += 1 }
                let found = try Data(contentsOf: iso)
                #expect(found == old || found == new)
            }
            #expect(wasKilled > 0)
            #expect(try build(folder, ["--meta", "n=last"]).status == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.iso"])
        }
    }

    @Test("builds of the same drive at once do not disturb each other")
    func atOnce() throws {
        try withFolder { folder in
            let iso = folder.appending(path: "a.iso").path
            let script = """
                for n in 1 2 3 4 5 6 7 8; do
                  "$0" config-drive build -o "$1" --uuid \(Self.uuid) --meta n=$n & pids="$pids $!"
                done
                for pid in $pids; do wait $pid || exit 1; done
                """
            let outcome = try Command.run(["sh", "-c", script, Self.hostler.path, iso])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try run(["inspect", iso]).status == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.iso"])
        }
    }
}
