import Foundation
import TestSupport
import Testing

/// hostlerd where things go wrong, and where there is much of everything.
@Suite(.serialized, .enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence))
struct FaultTests {
    @Test(
        "daemon, libvirt and guests are killed 200 times at random moments: the state is right again, nothing is left"
    )
    func kills() throws {
        try ConfigDrives.withHook {
            try withFolder { folder in
                try Hostlerd.with(in: folder, "release.after=1s") { daemon in
                    let count = ProcessInfo.processInfo.environment["FAULTS"] ?? "200"
                    let trial = PrivateLibvirt.file("Support/daemon-faults").path
                    let outcome = try Command.run([trial, folder.appending(path: "daemon").path, count])
                    // How long it took, and what can be done again with the same seed.
                    print(outcome.errors)
                    #expect(outcome.status == 0)
                    #expect(outcome.output == "faults \(count), wrong 0, ended by itself 0, left behind 0\n")
                }
            }
        }
    }

    private struct Load: Decodable {
        let guests: Int
        let events: Int
        let resident: Int
        let requests: Int
        let failed: Int
    }

    @Test("1,000 guests and 10,000 requests: all are known, none fails, and little memory is needed")
    func load() throws {
        try withFolder { folder in
            let output = try Command.check(PrivateLibvirt.file("Support/daemon-load").path, folder.path)
            print(output)
            let load = try JSONDecoder().decode(Load.self, from: Data(output.utf8))
            #expect(load.guests == 1000 && load.events == 1000)
            #expect(load.requests == 10_000 && load.failed == 0)
            #expect(load.resident < 64 << 20)
        }
    }

    private static let state = "/var/lib/hostler"

    /// Makes the state useless while `body` runs.
    private func with(_ script: String, _ undo: String, _ body: () throws -> Void) throws {
        try Command.check("sh", "-c", "mkdir -p \(Self.state); " + script)
        defer { _ = try? Command.run(["sh", "-c", undo]) }
        try body()
    }

    @Test(
        "with a state that is damaged, or that cannot be written, hostlerd says so, and guests start all the same",
        arguments: [
            (
                "head -c 65536 /dev/urandom >\(state)/state.db; chmod 600 \(state)/state.db",
                "rm -f \(state)/state.db*",
                "\(state)/state.db is not a database; move it away"
            ),
            (
                "mount -n -t tmpfs -o ro,mode=755 hostler \(state)", "umount \(state)",
                "cannot"
            ),
        ]
    )
    func useless(_ script: String, _ undo: String, _ words: String) throws {
        try ConfigDrives.withHook {
            try withFolder { folder in
                try Guest.with("undaunted", in: folder) { guest in
                    try with(script, undo) {
                        // Variables that begin like its own are settings to it.
                        let outcome = try Command.run(
                            ["env", "-i", "PATH=/usr/bin:/bin", Command.binaries + "/hostlerd"]
                        )
                        #expect(outcome.status == 1)
                        #expect(outcome.errors.hasPrefix("hostlerd: ") && outcome.errors.contains(words))
                        #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
                        try Command.check("virsh", "start", guest.name)
                        #expect(try guest.state.hasPrefix("running"))
                        try Command.check("virsh", "destroy", guest.name)
                    }
                }
            }
        }
    }
}
