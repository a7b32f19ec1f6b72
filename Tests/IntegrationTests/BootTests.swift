import Foundation
import TestSupport
import Testing

/// The main job: a guest boots from an ISO that a web server has.
@Suite(.serialized, .enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence))
struct BootTests {
    @Test("boots once from HTTPS, reads every byte right, and is afterwards what it was", arguments: ["pc", "q35"])
    func boots(_ machine: String) throws {
        try withFolder { folder in
            try WebServer.with(in: folder) { server in
                let iso = server.root.appending(path: "a guest.iso").path
                try Command.support("boot-iso", iso)
                try Guest.with("boots-\(machine)", in: folder, machine: machine) { guest in
                    let before = try guest.definition
                    try Command.check(
                        Command.hostler,
                        "start",
                        guest.name,
                        "--once",
                        "httpsisoboot=\(try server.url("a%20guest.iso?token=1"))"
                    )
                    #expect(try guest.live.contains("ua-hostler-httpsisoboot"))
                    try guest.waitUntilOff()
                    let console = guest.console
                    #expect(console.contains("HOSTLER-GUEST booted"))
                    #expect(console.contains("HOSTLER-GUEST payload ok"))
                    let sum = try Command.check("md5sum", iso).prefix(32)
                    #expect(console.contains("HOSTLER-GUEST md5 \(sum)"))
                    #expect(try guest.definition == before)
                }
            }
        }
    }

    @Test("is paused, not failed, while the server is away, and reads on without a wrong byte")
    func survivesOutage() throws {
        try withFolder { folder in
            try WebServer.with(in: folder) { server in
                try Command.support("boot-iso", server.root.appending(path: "loop.iso").path, "--size", "64", "--loop")
                try Guest.with("outage", in: folder) { guest in
                    let url = try server.url("loop.iso")
                    try Command.check(
                        Command.hostler,
                        "start",
                        guest.name,
                        "--once",
                        "httpsisoboot=\(url)",
                        "--once",
                        "httpsisoboot_timeout=2"
                    )
                    try wait(for: "the guest's first round", seconds: 300) { guest.console.contains("round 1 ok") }
                    try server.stop()
                    try wait(for: "the guest to be paused", seconds: 300) { try guest.state == "paused (I/O error)" }
                    let rounds = Self.rounds(guest)
                    try server.start()
                    try Command.check("virsh", "resume", guest.name)
                    try wait(for: "two more rounds", seconds: 300) { Self.rounds(guest) >= rounds + 2 }
                    #expect(!guest.console.contains("BAD"))
                    #expect(!guest.console.contains("I/O error"))
                }
            }
        }
    }

    private static func rounds(_ guest: Guest) -> Int {
        guest.console.components(separatedBy: "HOSTLER-GUEST round").count - 1
    }

    @Test("set makes every start boot from HTTPS, unset gives the definition back")
    func persistent() throws {
        try withFolder { folder in
            try WebServer.with(in: folder) { server in
                try Command.support("boot-iso", server.root.appending(path: "x.iso").path)
                try Guest.with("persistent", in: folder, machine: "q35") { guest in
                    let before = try guest.definition
                    try Command.check(Command.hostler, "set", guest.name, "httpsisoboot=\(try server.url("x.iso"))")
                    try Command.check("virsh", "start", guest.name)
                    try guest.waitUntilOff()
                    #expect(guest.console.contains("HOSTLER-GUEST payload ok"))
                    try Command.check(Command.hostler, "unset", guest.name, "httpsisoboot")
                    #expect(try guest.definition == before)
                }
            }
        }
    }

    @Test(
        "start names what is wrong with a URL before libvirt is asked",
        arguments: [
            ("missing.iso", "404"), ("no-ranges/x.iso", "range"), ("x.iso?", ""),
        ]
    )
    func refused(_ path: String, _ word: String) throws {
        try withFolder { folder in
            try WebServer.with(in: folder) { server in
                try Data(repeating: 7, count: 1 << 20).write(to: server.root.appending(path: "x.iso"))
                try Guest.with("refused", in: folder) { guest in
                    let before = try guest.definition
                    let url = try server.url(path)
                    let result = try Command.run([
                        Command.hostler, "start", guest.name, "--paused", "--once", "httpsisoboot=\(url)",
                    ])
                    if word.isEmpty {
                        #expect(result.status == 0, "\(result.errors)")
                        return
                    }
                    #expect(result.status != 0)
                    #expect(result.errors.contains(word), "\(result.errors)")
                    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
                    #expect(try guest.state.hasPrefix("shut off"))
                    #expect(try guest.definition == before)
                }
            }
        }
    }

    @Test("start says that a certificate is not trusted, and what to do")
    func untrusted() throws {
        try withFolder { folder in
            try WebServer.with(in: folder, trusted: false) { server in
                try Data(repeating: 7, count: 1 << 20).write(to: server.root.appending(path: "x.iso"))
                try Guest.with("untrusted", in: folder) { guest in
                    let result = try Command.run([
                        Command.hostler, "start", guest.name, "--once", "httpsisoboot=\(try server.url("x.iso"))",
                    ])
                    #expect(result.status != 0)
                    #expect(result.errors.contains("update-ca-certificates"), "\(result.errors)")
                    #expect(try guest.state.hasPrefix("shut off"))
                }
            }
        }
    }
}
