import Foundation
import TestSupport
import Testing

/// Secrets that stay where nobody looks for them any more.
@Suite(.serialized, .enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence))
struct ConfigDriveLeftoverTests {
    private func withPool(_ body: (URL) throws -> Void) throws {
        try withFolder { folder in
            try Command.check("virsh", "pool-create-as", "left", "dir", "--target", folder.path)
            defer { _ = try? Command.run(["virsh", "pool-destroy", "left"]) }
            try body(folder)
        }
    }

    @Test(
        "a running guest's drive that moves leaves nothing at its old place once the guest is gone",
        arguments: [true, false]
    )
    func moved(_ isToPool: Bool) throws {
        try ConfigDrives.withHook {
            try withPool { folder in
                try ConfigDrives.withGuest("moves") { guest in
                    let onPool = folder.appending(path: "\(try guest.uuid).iso").path
                    let old = isToPool ? try guest.iso : onPool
                    try guest.drive("set", "--pool", isToPool ? "none" : "left")
                    try Command.check("virsh", "start", guest.name)
                    try guest.drive("set", "--pool", isToPool ? "left" : "none")
                    #expect(try !guest.live.contains(old))
                    try Command.check("virsh", "destroy", guest.name)
                    #expect(!ConfigDrives.exists(old))
                }
            }
        }
    }

    @Test("unset under a running guest whose drive is on a pool leaves nothing there, at the latest after prune")
    func unsetOnPool() throws {
        try ConfigDrives.withHook {
            try withPool { folder in
                try ConfigDrives.withGuest("unset-on-pool") { guest in
                    try guest.drive("set", "--pool", "left")
                    try Command.check("virsh", "start", guest.name)
                    try guest.drive("unset")
                    try Command.check("virsh", "destroy", guest.name)
                    try Command.check(Command.hostler, "config-drive", "prune")
                    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
                }
            }
        }
    }

    @Test("prune leaves alone what was just imported for a guest that is about to arrive")
    func imported() throws {
        try ConfigDrives.withGuest("imported") { guest in
            try guest.drive("set")
            let definition = try guest.file("kept.xml", try guest.definition)
            let exported = try guest.drive("export")
            try guest.drive("unset")
            try Command.check("virsh", "undefine", guest.name)
            try Command.check(Command.hostler, "config-drive", "import", input: exported)
            #expect(try Command.check(Command.hostler, "config-drive", "prune") == "nothing to remove\n")
            try Command.check("virsh", "define", definition)
        }
    }

    @Test("a file that is not ours keeps prune from nothing else")
    func foreign() throws {
        try ConfigDrives.withGuest("foreign") { guest in
            let iso = try guest.iso
            try guest.drive("set")
            try Data(count: 100_000).write(to: URL(filePath: iso))
            let stray = "\(ConfigDrives.folder)/.\(try guest.uuid).iso.0123456789abcdef.hostler"
            try Data([1]).write(to: URL(filePath: stray))
            try Command.check("virsh", "undefine", guest.name)
            _ = try Command.run([Command.hostler, "config-drive", "prune"])
            #expect(!ConfigDrives.exists(stray))
            #expect(ConfigDrives.exists(iso))
            try FileManager.default.removeItem(atPath: iso)
        }
    }

    @Test("layouts given at once: the drive and the definition agree in the end")
    func layouts() throws {
        try ConfigDrives.withGuest("layouts") { guest in
            for _ in 0..<15 {
                let script = """
                    for format in configdrive nocloud configdrive nocloud; do
                        "$1" config-drive set layouts --format $format & jobs="$jobs $!"
                    done
                    for job in $jobs; do wait $job; done
                    """
                try Command.check("sh", "-c", script, "sh", Command.hostler)
                let isNoCloud = try guest.definition.contains(">nocloud<")
                let files = try ConfigDrives.files(try guest.iso)
                #expect((files["meta-data"] != nil) == isNoCloud)
            }
        }
    }

    @Test("a medium change that was cut off is completed by the next set")
    func cutOff() throws {
        try ConfigDrives.withGuest("cut-off") { guest in
            let iso = try guest.iso
            let file = try guest.file("ud", "one")
            try guest.drive("set", "--user-data", file)
            try Command.check("virsh", "start", guest.name)
            let list = try Command.check("virsh", "domblklist", guest.name).split(separator: "\n")
            let line = try #require(list.first { $0.contains(iso) })
            let target = try #require(line.split(separator: " ").first)
            try Command.check("virsh", "change-media", guest.name, String(target), "--eject", "--force", "--live")
            try guest.drive("set", "--user-data", file)
            #expect(try guest.live.contains(iso))
        }
    }

    @Test("a tray that the guest has closed behind libvirt's back, by a reset of the bus, keeps no new medium out")
    func busReset() throws {
        try ConfigDrives.withGuest("bus-reset") { guest in
            let file = try guest.file("ud", "one")
            try guest.drive("set", "--user-data", file)
            try Command.check("virsh", "start", "--paused", guest.name)
            let open = #"{"execute":"blockdev-open-tray","arguments":{"id":"ua-hostler-configdrive"}}"#
            try Command.check("virsh", "qemu-monitor-command", guest.name, open)
            try Command.check("virsh", "resume", guest.name)
            let state = #"{"execute":"query-block"}"#
            try wait(for: "the firmware to reset the bus") {
                try !Command.check("virsh", "qemu-monitor-command", guest.name, state).contains(#""tray_open":true"#)
            }
            #expect(try guest.live.contains("tray='open'"))
            try guest.drive("set", "--user-data", try guest.file("ud", "two"))
            #expect(try ConfigDrives.userData(try guest.iso) == "two")
        }
    }
}
