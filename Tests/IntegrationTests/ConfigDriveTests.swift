import Foundation
import TestSupport
import Testing

/// The main job: an emulated guest that boots from a web server's ISO reads its config drive.
@Suite(.serialized, .enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence))
struct ConfigDriveTests {
    /// Bytes of all values, and some that are no UTF-8 in any order.
    private static let userData =
        Array("#!/bin/sh\necho Grüße ☃\n".utf8) + (0...255).map { UInt8($0) } + [0xFF, 0xC3, 0x00]
    private static let password = "p' \"$(reboot)\\ `id` <&> :#{ä€"
    private static let keys = [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHn6di8zRGw+FUrnJ2n1e/arD/qwKA3QHVJQ6gzaB2Jj first",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f two words",
    ]

    private func withBootISO(_ options: String..., body: (URL, String) throws -> Void) throws {
        try withFolder { folder in
            try WebServer.with(in: folder) { server in
                let iso = server.root.appending(path: "x.iso").path
                let result = try Command.run(
                    [PrivateLibvirt.file("Support/boot-iso").path, iso, "--size", "1"] + options
                )
                if result.status != 0 { throw Command.Failed("boot-iso: \(result.errors)") }
                try body(folder, try server.url("x.iso"))
            }
        }
    }

    private func object(_ bytes: [UInt8]?) throws -> [String: Any] {
        let bytes = try #require(bytes)
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test(
        "the guest reads what it was given, byte by byte, and its new password at the next start",
        arguments: ["pc", "q35"]
    )
    func reads(_ machine: String) throws {
        try withBootISO("--config-drive") { _, url in
            try ConfigDrives.withGuest("reads-\(machine)", machine: machine) { guest in
                let before = try guest.definition
                let keys = try Self.keys.enumerated().flatMap { ["--ssh-key", try guest.file("key\($0)", $1 + "\n")] }
                let given = try Command.run(
                    [
                        Command.hostler, "config-drive", "set", guest.name, "--user-data",
                        try guest.file("user data", Self.userData), "--password-stdin", "--hostname",
                        "web-1.example.com",
                        "--meta", "availability-zone=Zürich 1", "--meta", "role=web", "--network", "auto",
                    ] + keys,
                    input: Array((Self.password + "\n").utf8)
                )
                #expect(given.status == 0, "\(given.errors)")
                #expect(!given.output.contains(Self.password) && !given.errors.contains(Self.password))
                let onHost = try ConfigDrives.files(try guest.iso)

                let start = ["start", guest.name, "--once", "httpsisoboot=\(url)"]
                #expect(try Command.run([Command.hostler] + start).status == 0)
                try guest.waitUntilOff()
                let console = guest.console
                #expect(console.contains("HOSTLER-GUEST payload ok"))
                #expect(console.contains("config-2"))
                // All of the drive, as the host has it, and the other way round.
                #expect(guest.drivePrinted.keys.sorted() == onHost.keys.sorted())
                for (path, bytes) in onHost { #expect(guest.drivePrinted(path) == bytes, "\(path)") }
                // What was given, as it was given.
                #expect(guest.drivePrinted("cloudstack/userdata/user_data.txt") == Self.userData)
                #expect(guest.drivePrinted("openstack/latest/user_data") == Self.userData)
                #expect(guest.drivePrinted("cloudstack/password/vm_password.txt") == Array(Self.password.utf8))
                let zone = guest.drivePrinted("cloudstack/metadata/availability-zone.txt")
                #expect(zone == Array("Zürich 1".utf8))
                let metadata = try object(guest.drivePrinted("openstack/latest/meta_data.json"))
                #expect(metadata["uuid"] as? String == (try guest.uuid))
                #expect(metadata["admin_pass"] as? String == Self.password)
                #expect(metadata["hostname"] as? String == "web-1.example.com")
                let published = try #require(metadata["public_keys"] as? [String: String])
                #expect(published.values.sorted() == Self.keys.sorted())
                let network = try object(guest.drivePrinted("openstack/latest/network_data.json"))
                let links = try #require(network["links"] as? [[String: Any]])
                #expect(links.map { $0["ethernet_mac_address"] as? String } == ["52:54:00:12:34:56"])

                let answer = try object(Array(try guest.drive("reset-password", "--json").utf8))
                let password = try #require(answer["password"] as? String)
                #expect(try Command.run([Command.hostler] + start).status == 0)
                try guest.waitUntilOff()
                #expect(guest.drivePrinted("cloudstack/password/vm_password.txt") == Array(password.utf8))
                #expect(guest.drivePrinted("openstack/latest/user_data") == Self.userData)

                try guest.drive("unset")
                #expect(try guest.definition == before)
            }
        }
    }

    /// A sum that the guest prints when it has read `bytes`.
    private func sum(_ file: String) throws -> String { String(try Command.check("sha256sum", file).prefix(64)) }

    @Test(
        "a running guest gets a new medium, mounted or not, and none for a new password",
        arguments: [("pc", "configdrive"), ("q35", "nocloud")]
    )
    func changes(_ machine: String, _ format: String) throws {
        try withBootISO("--config-drive-watch") { _, url in
            try ConfigDrives.withGuest("changes-\(machine)", machine: machine) { guest in
                // As much as there may be, less, and of the same size.
                let files = try [(1 << 20, UInt8(1)), (5, 2), (5, 3)].map { size, byte in
                    try guest.file("data\(byte)", [UInt8](repeating: byte, count: size))
                }
                try guest.drive("set", "--user-data", files[0], "--format", format)
                try Command.check(Command.hostler, "start", guest.name, "--once", "httpsisoboot=\(url)")
                try wait(for: "the first medium") { guest.console.contains("watch locked \(try sum(files[0]))") }

                let stamp = try ConfigDrives.stamp(try guest.iso)
                // libvirt counts a disk's media.
                let live = try guest.live.replacing(/index='[0-9]+'/, with: "")
                let password = "for the next start"
                try guest.drive("reset-password", "--password-stdin", input: password)
                #expect(try ConfigDrives.stamp(try guest.iso) == stamp)
                #expect(try guest.live.replacing(/index='[0-9]+'/, with: "") == live)

                // Now the guest has it mounted, so that its tray is locked; afterwards it is not always.
                let first = try guest.drive("set", "--user-data", files[1])
                #expect(first.contains("put into the running guest"), "\(first)")
                try wait(for: "the guest to lose the old medium") { guest.console.contains("watch lost") }
                try wait(for: "the second medium") { guest.console.contains("watch free \(try sum(files[1]))") }
                try guest.drive("set", "--user-data", files[2])
                try wait(for: "the third medium") { guest.console.contains("watch free \(try sum(files[2]))") }
                #expect(try guest.live.replacing(/index='[0-9]+'/, with: "") == live, "only the disc changes")
                #expect(try guest.state.hasPrefix("running"))
                // Nothing new: no new medium either.
                let same = try guest.drive("set", "--user-data", files[2])
                #expect(same.contains("is as it was"), "\(same)")

                // Taken away, it stays until the guest is gone.
                try guest.drive("unset")
                #expect(ConfigDrives.exists(try guest.iso))
                try Command.check("virsh", "destroy", guest.name)
            }
        }
    }
}
