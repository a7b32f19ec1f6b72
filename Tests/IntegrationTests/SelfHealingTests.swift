import Foundation
import TestSupport
import Testing

/// oVirt's README does not recommend remote ISOs, since a guest sees an I/O error when their server is slow or away.
@Suite(.serialized, .enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence))
struct SelfHealingTests {
    private static func rounds(_ guest: Guest) -> Int {
        guest.console.components(separatedBy: "HOSTLER-GUEST round").count - 1
    }

    private func withReader(_ body: (Guest, WebServer, Hostlerd) throws -> Void) throws {
        try withFolder { folder in
            try WebServer.with(in: folder) { server in
                try Command.support("boot-iso", server.root.appending(path: "loop.iso").path, "--size", "64", "--loop")
                try Hostlerd.with(in: folder, "healing.longest_pause=4s") { daemon in
                    try Guest.with("reader", in: folder) { guest in
                        try Command.check(
                            Command.hostler,
                            "start",
                            guest.name,
                            "--once",
                            "httpsisoboot=\(try server.url("loop.iso"))",
                            "--once",
                            "httpsisoboot_timeout=2"
                        )
                        try more(1, guest)
                        try body(guest, server, daemon)
                        #expect(!guest.console.contains("BAD"))
                        #expect(!guest.console.contains("I/O error"))
                    }
                }
            }
        }
    }

    private func more(_ count: Int, _ guest: Guest) throws {
        let before = Self.rounds(guest)
        try wait(for: "\(count) more rounds", seconds: 300) { Self.rounds(guest) >= before + count }
    }

    @Test("a guest reads on, every byte right, while its server is stopped, restarted, slow, and drops connections")
    func heals() throws {
        try withReader { guest, server, daemon in
            try server.stop()
            try daemon.wait(for: "paused", of: guest.name)
            try wait(for: "the reason") {
                try (daemon.status(guest.name)?["reason"] as? String)?.contains("waits for") == true
            }
            try server.start()
            try more(2, guest)
            for _ in 0..<4 {
                try server.stop()
                try server.start()
            }
            try more(2, guest)
            try server.stop()
            try server.start(rate: "400k")
            Thread.sleep(forTimeInterval: 10)
            try server.stop()
            try server.start()
            try more(2, guest)
            try daemon.wait(for: "running", of: guest.name)
            #expect(try daemon.events(guest.name).contains("VM.HEAL"))
        }
    }

    @Test("a guest that somebody else has paused stays paused, and so does one whose server does not come back")
    func leavesAlone() throws {
        try withReader { guest, server, daemon in
            try Command.check("virsh", "suspend", guest.name)
            try server.stop()
            try server.start()
            Thread.sleep(forTimeInterval: 3)
            #expect(try guest.state == "paused (user)")
            #expect(try !daemon.events(guest.name).contains("VM.HEAL"))
        }
    }
}
