import Foundation
import TestSupport
import Testing

/// Bad input, full disks, killed commands and several at once: what there was stays, whole.
@Suite(.serialized, .enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence))
struct ConfigDriveFaultTests {
    /// All that a command could change.
    private struct Everything: Equatable {
        let definition: String
        let kept: String
        let iso: [UInt8]?
        let left: [String]

        init(_ guest: Guest) throws {
            definition = try guest.definition
            kept = try Command.check(Command.hostler, "config-drive", "show", "--json")
            iso = ConfigDrives.bytes(try guest.iso)
            left = try ConfigDrives.left
        }
    }

    private func set(_ guest: Guest, _ arguments: [String]) throws -> Command {
        try Command.run([Command.hostler, "config-drive", "set", guest.name] + arguments)
    }

    @Test("bad input is refused in one sentence, and nothing is changed")
    func badInput() throws {
        try ConfigDrives.withGuest("bad-input") { guest in
            let secret = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB"
            let begin = "-----BEGIN OPENSSH " + "PRIVATE KEY-----"
            let large = guest.folder.appending(path: "large").path
            try Command.check("truncate", "-s", "100M", large)
            func network(_ address: String, _ mac: String) -> String {
                "{version: 2, ethernets: {e: {match: {macaddress: '\(mac)'}, addresses: ['\(address)']}}}"
            }
            let mac = "52:54:00:12:34:56"
            let cases: [(arguments: [String], words: String, status: Int32)] = [
                (["--user-data", "/missing"], "/missing", 65),
                (["--user-data", large], "1048576", 65),
                (["--ssh-key", try guest.file("bad", "ssh-ed25519 AAAA broken\n")], "key", 65),
                (["--ssh-key", try guest.file("private", "\(begin)\n\(secret)\n")], "private", 65),
                (["--network", try guest.file("cidr", network("192.0.2.1/99", mac))], "'99'", 65),
                (
                    ["--network", try guest.file("mac", network("192.0.2.1/24", "52:54:00:00:00:01"))],
                    "52:54:00:00:00:01", 65
                ),
                (["--vm-data", try guest.file("dots", "[[\"..\", \"x\", \"y\"]]")], "..", 65),
                (["--format", "floppy"], "floppy", 64),
            ]
            func check(_ before: Everything) throws {
                for (arguments, words, status) in cases {
                    let result = try set(guest, arguments)
                    #expect(result.status == status, "\(arguments): \(result.status) \(result.errors)")
                    #expect(result.errors.contains(words), "\(arguments): \(result.errors)")
                    #expect(!result.errors.contains(secret), "\(result.errors)")
                    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
                    #expect(try Everything(guest) == before, "\(arguments)")
                }
            }
            try check(try Everything(guest))
            try guest.drive("set", "--user-data", try guest.file("ud", "one"))
            try check(try Everything(guest))
        }
    }

    @Test("a guest that is not there or has no definition is refused")
    func noDefinition() throws {
        try ConfigDrives.withGuest("no-definition") { guest in
            let unknown = try Command.run([Command.hostler, "config-drive", "set", "nobody"])
            #expect(unknown.status != 0 && unknown.errors.contains("nobody"), "\(unknown.errors)")
            try Command.check("virsh", "start", guest.name, "--paused")
            try Command.check("virsh", "undefine", guest.name)
            let transient = try set(guest, [])
            #expect(transient.status != 0 && transient.errors.contains("it is transient"), "\(transient.errors)")
            let missing = try Command.run([Command.hostler, "config-drive", "reset-password", guest.name])
            #expect(missing.status != 0 && missing.errors.contains("it has no config drive"), "\(missing.errors)")
        }
    }

    @Test("a full disk or a folder that cannot be written leaves the old drive, the definition and what is kept")
    func disk() throws {
        try ConfigDrives.withGuest("full-disk") { guest in
            let small = try guest.file("small", "small")
            let large = try guest.file("large", [UInt8](repeating: 1, count: 200_000))
            try FileManager.default.createDirectory(atPath: ConfigDrives.folder, withIntermediateDirectories: true)
            try Command.check("mount", "-n", "-t", "tmpfs", "-o", "size=300k,mode=711", "hostler", ConfigDrives.folder)
            defer { _ = try? Command.run(["umount", "-n", ConfigDrives.folder]) }
            func fails(_ arguments: [String], _ words: String) throws {
                let before = try Everything(guest)
                let result = try set(guest, arguments)
                #expect(result.status != 0 && result.errors.contains(words), "\(result.status) \(result.errors)")
                #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
                #expect(try Everything(guest) == before)
            }
            try fails(["--user-data", large], "no space left on device")
            try guest.drive("set", "--user-data", small)
            try fails(["--user-data", large], "no space left on device")
            try Command.check("mount", "-n", "-o", "remount,ro", ConfigDrives.folder)
            try fails(["--user-data", large], "read-only file system")
            try Command.check("mount", "-n", "-o", "remount,rw", ConfigDrives.folder)
            #expect(try ConfigDrives.userData(try guest.iso) == "small")
            try guest.drive("unset")
            #expect(try ConfigDrives.left == [])
        }
    }

    @Test("ten commands at once all succeed, and the drive is that of one of them, as is what is kept")
    func atOnce() throws {
        try ConfigDrives.withGuest("at-once") { guest in
            for number in 0..<10 { _ = try guest.file("ud\(number)", "user data \(number)") }
            let script = """
                for number in 0 1 2 3 4 5 6 7 8 9; do
                    "$1" config-drive set at-once --user-data "$2/ud$number" & jobs="$jobs $!"
                done
                for job in $jobs; do wait $job || exit; done
                """
            try Command.check("sh", "-c", script, "sh", Command.hostler, guest.folder.path)
            let iso = try guest.iso
            let stamp = try ConfigDrives.stamp(iso)
            #expect(try ConfigDrives.userData(iso)?.hasPrefix("user data ") == true)
            #expect(try ConfigDrives.left == ["\(try guest.uuid).iso"])
            try Command.check(Command.hostler, "artefacts", "prepare", guest.name, input: try guest.definition)
            #expect(try ConfigDrives.stamp(iso) == stamp)
        }
    }

    @Test("a command that is killed leaves the old drive, the new one or none, whole, and the next one works")
    func killed() throws {
        try ConfigDrives.withGuest("killed") { guest in
            let iso = try guest.iso
            // As long as one takes here, so that the kills fall into all of it.
            let start = Date()
            try guest.drive("set", "--user-data", try guest.file("ud", "data first"))
            let duration = Date().timeIntervalSince(start)
            var current: String? = "data first"
            var kills = 0
            for number in 0..<60 {
                if number % 6 == 5 {
                    try guest.drive("unset")
                    current = nil
                }
                let next = "data \(number)"
                let delay = String(format: "%.4f", Double.random(in: 0.001...duration * 1.1))
                let hostler = [Command.hostler, "config-drive", "set", guest.name]
                let arguments = hostler + ["--user-data", try guest.file("ud", next)]
                let result = try Command.run(["timeout", "-s", "KILL", delay] + arguments)
                if result.status != 0 { kills += 1 }
                let found = ConfigDrives.exists(iso) ? try ConfigDrives.userData(iso) : nil
                #expect(found == current || found == next, "\(number), after \(delay) s: \(found ?? "none")")
                // Whatever the definition refers to is there.
                if try guest.definition.contains(iso) { #expect(found != nil, "\(number), after \(delay) s") }
                try guest.drive("set", "--user-data", try guest.file("ud", "data then \(number)"))
                current = "data then \(number)"
                #expect(try ConfigDrives.userData(iso) == current)
                #expect(try ConfigDrives.left == ["\(try guest.uuid).iso"])
            }
            #expect(kills > 5, "of 60 commands only \(kills) were killed")
        }
    }
}
