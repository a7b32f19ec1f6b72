import Foundation
import TestSupport
import Testing

/// Guests that boot an ISO which is not read from its server by QEMU.
@Suite(.serialized, .enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence))
struct ISODeliveryTests {
    private static func sum(_ guest: Guest) -> String? {
        guest.console.firstMatch(of: /HOSTLER-GUEST md5 ([0-9a-f]{32})/).map { String($0.1) }
    }

    private static func makeISO(_ server: WebServer, _ options: String...) throws -> String {
        let iso = server.root.appending(path: "a.iso").path
        let made = try Command.run([PrivateLibvirt.file("Support/boot-iso").path, iso] + options)
        if made.status != 0 { throw Command.Failed(made.errors) }
        return String(try Command.check("md5sum", iso).prefix(32))
    }

    /// The process that serves a guest; `nil` where there is none.
    private static func server(of guest: Guest) throws -> String? {
        let socket = "/run/hostler/nbd/\(try guest.uuid).sock"
        let found = try Command.run(["pgrep", "-f", "nbdkit .*-U \(socket) "])
        return found.output.split(separator: "\n").first.map(String.init)
    }

    @Test("staged: the guest boots from a file that was verified, its server gone")
    func staged() throws {
        try ConfigDrives.withHook {
            try Templates.withHost { folder, server in
                let md5 = try Self.makeISO(server)
                let sum = try Templates.sha256(server.root.appending(path: "a.iso").path)
                try Guest.with("staged", in: folder, machine: "q35") { guest in
                    let before = try guest.definition
                    try guest.set(
                        "httpsisoboot=\(try server.url("a.iso"))",
                        "httpsisoboot_delivery=staged",
                        "httpsisoboot_checksum=sha256:\(sum)"
                    )
                    #expect(try Templates.states() == ["ready"])
                    try server.stop()
                    try guest.start()
                    #expect(try guest.live.contains("/var/lib/hostler/media/\(guest.uuid).iso"))
                    try guest.finish()
                    #expect(Self.sum(guest) == md5)
                    let names = ["httpsisoboot", "httpsisoboot_delivery", "httpsisoboot_checksum"]
                    let unset = try Command.run([Command.hostler, "unset", guest.name] + names)
                    #expect(unset.status == 0, "\(unset.errors)")
                    #expect(try guest.definition == before)
                }
            }
        }
    }

    @Test("cached: the guest reads on when its server was away half-way, and all is right", arguments: ["pc", "q35"])
    func cached(_ machine: String) throws {
        try ConfigDrives.withHook {
            try Templates.withHost { folder, server in
                let md5 = try Self.makeISO(server, "--size", "32")
                try server.restart(rate: "6m")
                try Guest.with("cached-\(machine)", in: folder, machine: machine) { guest in
                    try guest.set("httpsisoboot=\(try server.url("a.iso"))", "httpsisoboot_delivery=cached")
                    try guest.start()
                    let process = try #require(try Self.server(of: guest))
                    try wait(for: "the kernel's first word") { guest.console.contains("HOSTLER-GUEST booted") }
                    try server.stop()
                    let read = try server.requests("a.iso").count
                    Thread.sleep(forTimeInterval: 5)
                    #expect(try guest.state == "running (booted)")
                    #expect(!guest.console.contains("payload"))
                    try server.start()
                    try guest.finish()
                    #expect(Self.sum(guest) == md5)
                    #expect(!guest.console.contains("I/O error") && !guest.console.contains("BAD"), "\(guest.console)")
                    #expect(try server.requests("a.iso").count > read)
                    try wait(for: "nbdkit to end") { !ConfigDrives.exists("/proc/\(process)/root") }
                    #expect(try Self.server(of: guest) == nil)
                    #expect(try Templates.files("/run/hostler/nbd").filter { !$0.hasPrefix(".") } == [])
                }
            }
        }
    }

    @Test("cached: hostlerd brings back a server that was killed, and it ends with its guest")
    func revived() throws {
        try ConfigDrives.withHook {
            try Templates.withHost { folder, server in
                _ = try Self.makeISO(server, "--size", "1")
                try Hostlerd.with(in: folder) { daemon in
                    try Guest.with("revived", in: folder) { guest in
                        try guest.set("httpsisoboot=\(try server.url("a.iso"))", "httpsisoboot_delivery=cached")
                        try Command.check("virsh", "start", guest.name, "--paused")
                        let first = try #require(try Self.server(of: guest))
                        try Command.check("kill", "-9", first)
                        let address = "nbd+unix:///?socket=/run/hostler/nbd/\(try guest.uuid).sock"
                        try wait(for: "another server that answers") {
                            guard let now = try Self.server(of: guest), now != first else { return false }
                            return try Command.run(["qemu-img", "info", address]).status == 0
                        }
                        try Command.check("virsh", "destroy", guest.name)
                        try wait(for: "it to end") { try Self.server(of: guest) == nil }
                        // Nobody brings it back for a guest that is off.
                        try daemon.wait(for: "stopped", of: guest.name)
                        Thread.sleep(forTimeInterval: 3)
                        #expect(try Self.server(of: guest) == nil)
                        #expect(try Templates.files("/run/hostler/nbd").filter { !$0.hasPrefix(".") } == [])
                    }
                }
            }
        }
    }
}
