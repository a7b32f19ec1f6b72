import Foundation
import TestSupport
import Testing

/// The hook in a real libvirtd, installed by our own command.
@Suite(.serialized, .enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence))
struct LibvirtHookTests {
    /// Installs the hook for the time of `body`.
    private func withHook(_ body: () throws -> Void) throws {
        let before = try Self.traces()
        try Command.check(Command.hostler, "install", "libvirt", "--hook", Command.hook)
        try Command.support("restart-libvirtd")
        defer { _ = try? Command.support("restart-libvirtd") }
        do {
            try body()
        } catch {
            _ = try? Command.run([Command.hostler, "uninstall", "libvirt"])
            throw error
        }
        try Command.check(Command.hostler, "uninstall", "libvirt")
        #expect(try Self.traces() == before, "uninstall has to leave no trace")
    }

    /// Everything where an installation could leave something.
    private static func traces() throws -> String {
        try Command.check(
            "find",
            "/etc/libvirt",
            "/usr/bin",
            "/var/lib",
            "-maxdepth",
            "3",
            "-not",
            "-path",
            "*/libvirt/qemu/*"
        )
    }

    private static func metadata(_ url: String) -> String {
        "<hostler:domain xmlns:hostler='urn:hostler:domain:1.0'><hostler:httpsisoboot>\(url)</hostler:httpsisoboot>"
            + "</hostler:domain>"
    }

    @Test("a start, a stop and a restart of the daemon go through the hook and keep the guest")
    func lifeCycle() throws {
        try withFolder { folder in
            try WebServer.with(in: folder) { server in
                try Data(repeating: 7, count: 1 << 20).write(to: server.root.appending(path: "x.iso"))
                try withHook {
                    try Guest.with("hooked", in: folder) { guest in
                        try Command.check(Command.hostler, "set", guest.name, "httpsisoboot=\(try server.url("x.iso"))")
                        try Command.check("virsh", "start", guest.name)
                        #expect(try guest.state.hasPrefix("running"))
                        // `reconnect` runs now: were it to fail, libvirt would kill the guest.
                        try Command.support("restart-libvirtd")
                        #expect(try guest.state.hasPrefix("running"))
                        try Command.check("virsh", "destroy", guest.name)
                        #expect(try guest.state.hasPrefix("shut off"))
                    }
                }
            }
        }
    }

    @Test("a guest that is not prepared does not start, and virsh shows why in one sentence")
    func refused() throws {
        try withFolder { folder in
            try withHook {
                let metadata = Self.metadata("https://localhost:1/x.iso")
                try Guest.with("unprepared guest", in: folder, metadata: metadata) { guest in
                    let result = try Command.run(["virsh", "start", guest.name])
                    #expect(result.status != 0)
                    #expect(
                        result.errors.contains("hostler: guest unprepared guest: httpsisoboot is set"),
                        "\(result.errors)"
                    )
                    #expect(result.errors.contains("hostler set 'unprepared guest'"), "\(result.errors)")
                    #expect(try guest.state.hasPrefix("shut off"))
                    // What the sentence says helps.
                    try Command.check(Command.hostler, "set", guest.name)
                    let again = try Command.run(["virsh", "start", guest.name, "--paused"])
                    #expect(!again.errors.contains("hostler:"), "\(again.errors)")
                }
            }
        }
    }

    @Test("a broken property in the metadata refuses the start, not the reconnect")
    func unknownProperty() throws {
        try withFolder { folder in
            try withHook {
                let metadata = Self.metadata("x").replacing("httpsisoboot", with: "httpsisobot")
                try Guest.with("typo", in: folder, metadata: metadata) { guest in
                    let result = try Command.run(["virsh", "start", guest.name])
                    #expect(result.status != 0)
                    #expect(result.errors.contains("unknown property 'httpsisobot'"), "\(result.errors)")
                }
            }
        }
    }

    @Test("restore takes a changed URL into the guest, as far as libvirt's ABI check lets it")
    func restore() throws {
        try withFolder { folder in
            try WebServer.with(in: folder) { server in
                for name in ["a.iso", "b.iso"] {
                    try Data(repeating: 7, count: 1 << 20).write(to: server.root.appending(path: name))
                }
                try withHook {
                    try Guest.with("saved", in: folder) { guest in
                        let save = folder.appending(path: "guest.save").path
                        let edited = folder.appending(path: "edited.xml")
                        try Command.check(Command.hostler, "set", guest.name, "httpsisoboot=\(try server.url("a.iso"))")
                        try Command.check("virsh", "start", guest.name)
                        try Command.check("virsh", "save", guest.name, save)
                        // Only the property changes; the hook does the rest.
                        let xml = try Command.check("virsh", "save-image-dumpxml", save, "--security-info")
                        let changed = xml.replacing("/a.iso</hostler:", with: "/b.iso?x=1</hostler:")
                        #expect(changed != xml)
                        try Data(changed.utf8).write(to: edited)
                        try Command.check("virsh", "restore", save, "--xml", edited.path)
                        let live = try guest.live
                        #expect(live.contains("name='/b.iso' query='x=1'"), "\(live)")
                        #expect(!live.contains("name='/a.iso'"))
                        #expect(try guest.state.hasPrefix("running"))
                    }
                }
            }
        }
    }
}
