import Foundation
import TestSupport
import Testing

/// What crashes leave behind, and `config-drive prune` finds.
@Suite(.serialized, .enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence))
struct ConfigDrivePruneTests {
    private static let stranger = "\(ConfigDrives.folder)/11111111-2222-4333-8444-555555555555.iso"

    private func prune(_ options: String..., environment: [String: String]? = nil) throws -> String {
        let result = try Command.run([Command.hostler, "config-drive", "prune"] + options, environment: environment)
        if result.status != 0 { throw Command.Failed("prune: \(result.status): \(result.errors)") }
        return result.output
    }

    /// An hour later, as the command sees it: when a file has changed last is the kernel's to say, and not to be set.
    private func later(in folder: URL) throws -> [String: String] {
        let source = folder.appending(path: "later.c")
        let library = folder.appending(path: "later.so").path
        try Data(
            """
            #include <sys/syscall.h>
            #include <time.h>
            #include <unistd.h>
            time_t time(time_t *result) {
                struct timespec now;
                syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
                if (result) *result = now.tv_sec + 3600;
                return now.tv_sec + 3600;
            }
            """.utf8
        ).write(to: source)
        try Command.check("clang", "-shared", "-fPIC", "-o", library, source.path)
        var environment = ProcessInfo.processInfo.environment
        environment["LD_PRELOAD"] = library
        return environment
    }

    @Test("what is kept for a guest that is not defined any more goes, and its drive; not in a dry run")
    func undefined() throws {
        try ConfigDrives.withGuest("gone") { guest in
            let iso = try guest.iso
            let uuid = try guest.uuid
            try guest.drive("set")
            try Command.check("virsh", "undefine", guest.name)
            let planned = try prune("--dry-run")
            #expect(planned == "would remove what is kept for gone (\(uuid)): the guest is not defined\n")
            #expect(ConfigDrives.exists(iso))
            let data = Data(try prune("--dry-run", "--json").utf8)
            let list = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: String]])
            #expect(list.map { $0["reason"] } == ["the guest is not defined"])
            #expect(try prune() == "removed what is kept for gone (\(uuid)): the guest is not defined\n")
            #expect(!ConfigDrives.exists(iso))
            #expect(try prune() == "nothing to remove\n")
        }
    }

    @Test("half-written files go, unless somebody writes them still")
    func temporaries() throws {
        try ConfigDrives.withGuest("half") { guest in
            try guest.drive("set")
            let file = "\(ConfigDrives.folder)/.\(try guest.uuid).iso.0123456789abcdef.hostler"
            try Data([1]).write(to: URL(filePath: file))
            let meanwhile = try Command.check("flock", file, Command.hostler, "config-drive", "prune")
            #expect(meanwhile == "nothing to remove\n")
            #expect(try prune("--dry-run") == "would remove \(file): a command was killed while it wrote\n")
            #expect(ConfigDrives.exists(file))
            #expect(try prune() == "removed \(file): a command was killed while it wrote\n")
            #expect(!ConfigDrives.exists(file))
            #expect(ConfigDrives.exists(try guest.iso))
        }
    }

    @Test("drives of guests that do not run go; those of running guests and young ones of unknown guests stay")
    func crashed() throws {
        try withFolder { folder in
            let later = try later(in: folder)
            try ConfigDrives.withHook {
                try ConfigDrives.withGuest("crashed") { guest in
                    let iso = try guest.iso
                    try guest.drive("set")
                    let made = ConfigDrives.bytes(iso)
                    try Command.check("cp", iso, Self.stranger)
                    defer { _ = try? Command.run(["rm", "-f", Self.stranger]) }
                    try Command.check("virsh", "start", guest.name)
                    #expect(try prune() == "nothing to remove\n")
                    let whileRunning = try prune(environment: later)
                    #expect(whileRunning == "removed \(Self.stranger): its guest is not defined\n")
                    #expect(!ConfigDrives.exists(Self.stranger))
                    #expect(ConfigDrives.bytes(iso) == made)

                    // As if the host had crashed: no `release`.
                    try Command.check("virsh", "destroy", guest.name)
                    try guest.drive("set")
                    let afterwards = try prune()
                    #expect(afterwards == "removed \(iso): its guest does not run, and has it made at its next start\n")
                    #expect(!ConfigDrives.exists(iso))
                    try Command.check("virsh", "start", guest.name)
                    #expect(ConfigDrives.bytes(iso) == made)
                }
            }
        }
    }

    @Test("without the hook the drive of a guest that does not run stays, since nobody would make it again")
    func withoutHook() throws {
        try withFolder { folder in
            let later = try later(in: folder)
            try ConfigDrives.withGuest("unhooked") { guest in
                try guest.drive("set")
                #expect(try prune(environment: later) == "nothing to remove\n")
                #expect(ConfigDrives.exists(try guest.iso))
            }
        }
    }
}
