import Foundation
import TestSupport
import Testing

/// hostlerd with real libvirt and QEMU: what it knows, and what it does by itself.
@Suite(.serialized, .enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence))
struct DaemonTests {
    @Test("a guest's state follows libvirt from its definition to its end, by events alone")
    func events() throws {
        try withFolder { folder in
            try Hostlerd.with(in: folder) { daemon in
                try Guest.with("followed", in: folder) { guest in
                    try daemon.wait(for: "defined", of: guest.name)
                    try Command.check("virsh", "start", guest.name)
                    try daemon.wait(for: "running", of: guest.name)
                    try Command.check("virsh", "suspend", guest.name)
                    try daemon.wait(for: "paused", of: guest.name)
                    try Command.check("virsh", "resume", guest.name)
                    try daemon.wait(for: "running", of: guest.name)
                    try Command.check("virsh", "destroy", guest.name)
                    try daemon.wait(for: "stopped", of: guest.name)
                    // Whether `stopping` is seen on the way to `stopped` depends on how fast QEMU is gone.
                    let told = try daemon.events(guest.name).reduce(into: [String]()) { types, type in
                        if types.last != type { types.append(type) }
                    }
                    #expect(told == ["VM.CREATE", "VM.START", "VM.PAUSE", "VM.RESUME", "VM.STOP"], "\(told)")
                }
                try daemon.wait(for: nil, of: "followed")
            }
        }
    }

    @Test("with the hook installed, the steps before QEMU runs are seen too, and the drive is the daemon's work")
    func hook() throws {
        try ConfigDrives.withHook {
            try withFolder { folder in
                try Hostlerd.with(in: folder) { daemon in
                    try ConfigDrives.withGuest("hooked") { guest in
                        try guest.drive("set", "--user-data", try guest.file("ud", "one"))
                        try FileManager.default.removeItem(atPath: try guest.iso)
                        try Command.check("virsh", "start", guest.name)
                        try daemon.wait(for: "running", of: guest.name)
                        #expect(ConfigDrives.exists(try guest.iso))
                        let held = try daemon.status(guest.name)?["artefacts"] as? [[String: Any]]
                        #expect(held?.map { $0["role"] as? String } == ["configdrive"])
                        try Command.check("virsh", "destroy", guest.name)
                        try daemon.wait(for: "stopped", of: guest.name)
                        #expect(!ConfigDrives.exists(try guest.iso))
                        #expect(try daemon.events(guest.name).contains("VM.PREPARE"))
                    }
                }
            }
        }
    }

    @Test("libvirt restarted, hostlerd killed, guests ended meanwhile: the state is right again")
    func restarts() throws {
        try withFolder { folder in
            try Hostlerd.with(in: folder) { daemon in
                try Guest.with("kept", in: folder) { guest in
                    try Command.check("virsh", "start", guest.name)
                    try daemon.wait(for: "running", of: guest.name)
                    try Command.support("restart-libvirtd")
                    try Command.check("virsh", "suspend", guest.name)
                    try daemon.wait(for: "paused", of: guest.name)
                    try daemon.kill()
                    try Command.check("virsh", "destroy", guest.name)
                    try daemon.start()
                    try daemon.wait(for: "stopped", of: guest.name)
                    try daemon.kill()
                    try Command.check("virsh", "start", guest.name)
                    try daemon.start()
                    try daemon.wait(for: "running", of: guest.name)
                    let pid = try Command.check("pgrep", "-f", "guest=kept")
                    try Command.check("kill", "-9", pid.trimmingCharacters(in: .whitespacesAndNewlines))
                    try daemon.wait(for: "stopped", of: guest.name)
                }
            }
        }
    }

    @Test(
        "properties in the metadata of a guest that somebody else defines are applied, and so is their removal refused"
    )
    func autoApply() throws {
        try withFolder { folder in
            try Hostlerd.with(in: folder) { daemon in
                let metadata =
                    "<h:hostler xmlns:h='urn:hostler:domain:1.0'><h:bootorder>cdrom,hd</h:bootorder></h:hostler>"
                let cdrom = "<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/><readonly/></disk>"
                try Guest.with("applied", in: folder, metadata: metadata, devices: cdrom) { guest in
                    try wait(for: "the order to be applied") { try guest.definition.contains("<boot order='1'/>") }
                    #expect(try !guest.definition.contains("<boot dev="))
                    try wait(for: "the event") { try daemon.events(guest.name).contains("VM.UPDATE") }
                }
                let wrong = metadata.replacingOccurrences(of: "cdrom,hd", with: "floppy")
                try Guest.with("refused", in: folder, metadata: wrong) { guest in
                    let before = try guest.definition
                    try wait(for: "the refusal") { daemon.log.contains("its properties cannot be applied") }
                    #expect(try guest.definition == before)
                }
            }
        }
    }

    @Test("what was kept for a guest that is gone for good is removed")
    func released() throws {
        try withFolder { folder in
            try Hostlerd.with(in: folder, "release.after=1s") { _ in
                try Guest.with("forgotten", in: folder) { guest in
                    try Command.check(Command.hostler, "config-drive", "set", guest.name, "--hostname", "x")
                    #expect(ConfigDrives.exists(try guest.iso))
                }
                try wait(for: "its drive to be removed") { try ConfigDrives.left == [] }
                try wait(for: "what was kept to be removed") {
                    try Command.check(Command.hostler, "config-drive", "show") == "nothing is kept for any guest\n"
                }
            }
        }
    }

    @Test("a second daemon is refused, a wrong configuration on SIGHUP leaves the old one")
    func configuration() throws {
        try withFolder { folder in
            try Hostlerd.with(in: folder, "healing.give_up=2h") { daemon in
                let file = folder.appending(path: "daemon/hostler.yaml")
                // Variables that begin like its own are settings to it.
                let clean = ["env", "-i", "PATH=/usr/bin:/bin"]
                let second = try Command.run(clean + [Command.binaries + "/hostlerd", "--config", file.path])
                #expect(second.status == 1)
                #expect(second.errors == "hostlerd: another hostlerd listens at /run/hostler/hostler.sock already\n")
                let pid = try String(contentsOf: folder.appending(path: "daemon/pid"), encoding: .utf8)
                    .trimmingCharacters(in: .whitespacesAndNewlines)
                try Data("heeling.give_up: 1h\n".utf8).write(to: file)
                try Command.check("kill", "-HUP", pid)
                try wait(for: "the refusal") {
                    daemon.log.contains("there is no key 'heeling.give_up'; did you mean healing.give_up?")
                }
                try Data("healing.give_up: 3h\n".utf8).write(to: file)
                try Command.check("kill", "-HUP", pid)
                try wait(for: "the new configuration") { daemon.log.contains("the configuration is read again") }
            }
        }
    }
}
