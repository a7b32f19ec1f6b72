import Foundation
import TestSupport
import Testing

/// The life of a drive under the real hook, in a real libvirtd.
@Suite(.serialized, .enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence))
struct ConfigDriveHookTests {
    @Test("a start makes the drive, an end removes it, what is kept stays")
    func lifeCycle() throws {
        try ConfigDrives.withHook {
            try ConfigDrives.withGuest("hook cycle") { guest in
                let iso = try guest.iso
                try guest.drive("set", "--user-data", try guest.file("ud", "one"))
                let made = try #require(ConfigDrives.bytes(iso))
                try FileManager.default.removeItem(atPath: iso)

                try Command.check("virsh", "start", guest.name)
                #expect(ConfigDrives.bytes(iso) == made)
                #expect(try Command.check("stat", "-c", "%a", iso) == "600\n")
                #expect(try guest.live.contains(iso))
                try Command.check("virsh", "destroy", guest.name)
                #expect(!ConfigDrives.exists(iso))
                let kept = try guest.drive("show")
                #expect(kept.contains("3 bytes") && kept.contains("not there now"), "\(kept)")
            }
        }
    }

    @Test("a start leaves a current drive alone, closes one that others can read, and mends a broken one")
    func current() throws {
        try ConfigDrives.withHook {
            try ConfigDrives.withGuest("hook-current") { guest in
                let iso = try guest.iso
                try guest.drive("set", "--user-data", try guest.file("ud", "one"))
                let made = try #require(ConfigDrives.bytes(iso))
                let stamp = try ConfigDrives.stamp(iso)
                try Command.check("chmod", "644", iso)
                try Command.check("virsh", "start", guest.name)
                #expect(try ConfigDrives.stamp(iso) == stamp)
                #expect(try Command.check("stat", "-c", "%a", iso) == "600\n")
                try Command.check("virsh", "destroy", guest.name)

                // Still one of ours by its volume descriptor, but not what it should be.
                try Data(made[..<40000] + made[40000...].map { ~$0 }).write(to: URL(filePath: iso))
                try Command.check("virsh", "start", guest.name)
                #expect(ConfigDrives.bytes(iso) == made)
            }
        }
    }

    @Test("a file in the drive's place that is not ours refuses the start, and stays")
    func foreign() throws {
        try ConfigDrives.withHook {
            try ConfigDrives.withGuest("hook-foreign") { guest in
                let iso = try guest.iso
                try guest.drive("set")
                let other = [UInt8](repeating: 7, count: 100_000)
                try Data(other).write(to: URL(filePath: iso))
                let result = try Command.run(["virsh", "start", guest.name])
                #expect(result.status != 0)
                #expect(result.errors.contains("\(iso) is not a drive that Hostler has made"), "\(result.errors)")
                #expect(ConfigDrives.bytes(iso) == other)
                #expect(try guest.state.hasPrefix("shut off"))
                try FileManager.default.removeItem(atPath: iso)
            }
        }
    }

    @Test("a network for an interface that the guest has no more refuses the start in one sentence")
    func replacedInterface() throws {
        try ConfigDrives.withHook {
            try ConfigDrives.withGuest("hook-mac", mac: "52:54:00:aa:00:01") { guest in
                let network = """
                    {version: 2, ethernets: {e: {match: {macaddress: "52:54:00:aa:00:01"}, dhcp4: true}}}
                    """
                try guest.drive("set", "--network", try guest.file("net", network))
                let made = ConfigDrives.bytes(try guest.iso)
                try guest.redefine { $0.replacing("52:54:00:aa:00:01", with: "52:54:00:aa:00:02") }
                let result = try Command.run(["virsh", "start", guest.name])
                #expect(result.status != 0)
                #expect(result.errors.contains("hostler: guest hook-mac: "), "\(result.errors)")
                #expect(result.errors.contains("52:54:00:aa:00:01"), "\(result.errors)")
                #expect(try guest.state.hasPrefix("shut off"))
                // libvirt tells its hook that the guest is gone after a refused start too.
                let now = ConfigDrives.bytes(try guest.iso)
                #expect(now == nil || now == made)

                try guest.drive("set", "--network", "auto")
                try Command.check("virsh", "start", guest.name)
                let files = try ConfigDrives.files(try guest.iso)
                let data = String(decoding: files["openstack/latest/network_data.json"] ?? [], as: UTF8.self)
                #expect(data.contains("52:54:00:aa:00:02"), "\(data)")
            }
        }
    }

    @Test("a guest without a drive starts as before")
    func without() throws {
        try ConfigDrives.withHook {
            try ConfigDrives.withGuest("hook-without") { guest in
                try Command.check("virsh", "start", guest.name)
                #expect(try ConfigDrives.left == [])
                #expect(try !guest.live.contains("ua-hostler-configdrive"))
            }
        }
    }

    @Test("save and managed save take the drive away, and it is back when the guest is")
    func saved() throws {
        try ConfigDrives.withHook {
            try ConfigDrives.withGuest("hook-saved") { guest in
                let iso = try guest.iso
                try guest.drive("set", "--user-data", try guest.file("ud", "one"))
                try Command.check("virsh", "start", guest.name)
                let made = try #require(ConfigDrives.bytes(iso))
                let save = guest.folder.appending(path: "saved").path
                try Command.check("virsh", "save", guest.name, save)
                #expect(!ConfigDrives.exists(iso))
                try Command.check("virsh", "restore", save)
                #expect(ConfigDrives.bytes(iso) == made)
                #expect(try guest.state.hasPrefix("running"))

                try Command.check("virsh", "managedsave", guest.name)
                #expect(!ConfigDrives.exists(iso))
                try Command.check("virsh", "start", guest.name)
                #expect(ConfigDrives.bytes(iso) == made)
                #expect(try guest.state.hasPrefix("running"))
            }
        }
    }

    @Test("a definition that another tool changes keeps its drive, and a new password waits for the next start")
    func definedByOthers() throws {
        try ConfigDrives.withHook {
            try ConfigDrives.withGuest("hook-others") { guest in
                let iso = try guest.iso
                try guest.drive("set", "--password-stdin", input: "old-password\n")
                try guest.redefine { $0.replacing("393216", with: "262144") }
                try Command.check("virsh", "start", guest.name)
                #expect(try guest.live.contains("262144"))
                let running = ConfigDrives.bytes(iso)
                try guest.drive("reset-password", "--password-stdin", input: "new-password\n")
                #expect(ConfigDrives.bytes(iso) == running)
                // The daemon's restart runs the hook's `reconnect`.
                try Command.support("restart-libvirtd")
                #expect(try guest.state.hasPrefix("running"))
                #expect(ConfigDrives.bytes(iso) == running)
                try Command.check("virsh", "destroy", guest.name)
                try Command.check("virsh", "start", guest.name)
                #expect(
                    try ConfigDrives.files(iso)["cloudstack/password/vm_password.txt"] == Array("new-password".utf8)
                )
            }
        }
    }

    @Test("unset under a running guest gives the definition back, and the guest keeps its drive until it ends")
    func unsetWhileRunning() throws {
        try ConfigDrives.withHook {
            try ConfigDrives.withGuest("hook-unset") { guest in
                let before = try guest.definition
                let iso = try guest.iso
                try guest.drive("set")
                try Command.check("virsh", "start", guest.name)
                let said = try guest.drive("unset")
                #expect(said.contains("until it is shut down"), "\(said)")
                #expect(try guest.definition == before)
                #expect(ConfigDrives.exists(iso))
                try Command.check("virsh", "destroy", guest.name)
                #expect(!ConfigDrives.exists(iso))
                let again = try guest.drive("unset")
                #expect(again == "guest hook-unset: it has no config drive\n")
            }
        }
    }
}
