import Foundation
import TestSupport
import Testing

/// Drives elsewhere than in this host's own folder: on a storage pool, on the destination of a migration, somebody else's.
@Suite(.serialized, .enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence))
struct ConfigDrivePlaceTests {
    private func withPool(_ name: String, _ body: (URL) throws -> Void) throws {
        try withFolder { folder in
            try Command.check("virsh", "pool-create-as", name, "dir", "--target", folder.path)
            defer { _ = try? Command.run(["virsh", "pool-destroy", name]) }
            try body(folder)
        }
    }

    @Test("on a pool the drive is a volume, which outlives the guest's run and goes with unset")
    func pool() throws {
        try ConfigDrives.withHook {
            try withPool("drives") { folder in
                try ConfigDrives.withGuest("on-pool") { guest in
                    let iso = folder.appending(path: "\(try guest.uuid).iso").path
                    let before = try guest.definition
                    try guest.drive("set", "--user-data", try guest.file("ud", "one"))
                    try guest.drive("set", "--pool", "drives")
                    #expect(try ConfigDrives.left == [])
                    #expect(try ConfigDrives.userData(iso) == "one")
                    #expect(try guest.drive("show").contains("storage pool drives"))
                    #expect(try Command.check("virsh", "vol-list", "drives").contains(iso))
                    try Command.check("virsh", "start", guest.name)
                    #expect(try guest.live.contains(iso))
                    try Command.check("virsh", "destroy", guest.name)
                    #expect(ConfigDrives.exists(iso))

                    try guest.drive("set", "--pool", "none")
                    #expect(!ConfigDrives.exists(iso))
                    #expect(ConfigDrives.exists(try guest.iso))
                    try guest.drive("set", "--pool", "drives")
                    try guest.drive("unset")
                    #expect(!ConfigDrives.exists(iso))
                    #expect(try guest.definition == before)
                }
            }
        }
    }

    @Test("a pool that is not there, not active or without files is refused, and nothing is changed")
    func refusedPools() throws {
        try withPool("away") { folder in
            let logical = folder.appending(path: "logical.xml")
            let inactive = folder.appending(path: "inactive.xml")
            let target = "<target><path>\(folder.path)</path></target>"
            try Data("<pool type='logical'><name>volumes</name><target><path>/dev/volumes</path></target></pool>".utf8)
                .write(to: logical)
            try Data("<pool type='dir'><name>asleep</name>\(target)</pool>".utf8).write(to: inactive)
            try Command.check("virsh", "pool-destroy", "away")
            for file in [logical, inactive] { try Command.check("virsh", "pool-define", file.path) }
            defer { for pool in ["volumes", "asleep"] { _ = try? Command.run(["virsh", "pool-undefine", pool]) } }
            try ConfigDrives.withGuest("no-pool") { guest in
                let before = try guest.definition
                for (pool, sentence) in [
                    ("away", "there is no storage pool 'away'"), ("asleep", "storage pool asleep is not active"),
                    ("volumes", "storage pool volumes is of type logical"),
                ] {
                    let arguments = [Command.hostler, "config-drive", "set", guest.name, "--pool", pool]
                    let result = try Command.run(arguments)
                    #expect(
                        result.status == 65 && result.errors.contains(sentence),
                        "\(result.status) \(result.errors)"
                    )
                    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
                }
                #expect(try guest.definition == before)
            }
        }
    }

    // MARK: Migration

    /// The hook as libvirt calls it on the destination.
    private func arrive(_ guest: Guest, _ xml: String) throws -> Command {
        try Command.run([Command.hook, "libvirt", guest.name, "migrate", "begin", "-"], input: Array(xml.utf8))
    }

    @Test("on the destination the drive is made from what was exported, and the domain follows it")
    func migrated() throws {
        try ConfigDrives.withGuest("arrives") { guest in
            let iso = try guest.iso
            try guest.drive("set", "--user-data", try guest.file("ud", "one"))
            let made = ConfigDrives.bytes(iso)
            let exported = try guest.drive("export")
            let xml = try guest.definition
            // The destination knows nothing of it yet.
            try guest.drive("unset")
            let unknown = try arrive(guest, xml)
            #expect(unknown.status == 1)
            #expect(
                unknown.errors.contains(
                    "hostler config-drive export arrives | ssh THIS-HOST hostler config-drive import"
                ),
                "\(unknown.errors)"
            )
            #expect(unknown.errors.split(separator: "\n").count == 1, "\(unknown.errors)")

            try Command.check(Command.hostler, "config-drive", "import", input: exported)
            let known = try arrive(guest, xml)
            #expect(known.status == 0 && known.output.isEmpty, "\(known.errors)\(known.output)")
            #expect(ConfigDrives.bytes(iso) == made)

            // On the source it was in another folder.
            try FileManager.default.removeItem(atPath: iso)
            let elsewhere = xml.replacing(ConfigDrives.folder, with: "/home/of/another/host")
            let moved = try arrive(guest, elsewhere)
            #expect(moved.status == 0, "\(moved.errors)")
            #expect(moved.output == xml)
            #expect(ConfigDrives.bytes(iso) == made)
        }
    }

    @Test("on the destination a drive that is there already is taken as it is")
    func migratedInPlace() throws {
        try ConfigDrives.withGuest("in-place") { guest in
            try guest.drive("set")
            let bytes = try #require(ConfigDrives.bytes(try guest.iso))
            let shared = try guest.file("shared.iso", bytes)
            let xml = try guest.definition.replacing(try guest.iso, with: shared)
            try guest.drive("unset")
            let result = try arrive(guest, xml)
            #expect(result.status == 0 && result.output.isEmpty, "\(result.errors)\(result.output)")
            #expect(ConfigDrives.bytes(shared) == bytes)
        }
    }

    // MARK: As a property

    @Test("start --once makes the drive for one start, without the hook", arguments: ["configdrive", "nocloud"])
    func once(_ format: String) throws {
        try ConfigDrives.withGuest("once") { guest in
            let before = try guest.definition
            var arguments = [Command.hostler, "start", guest.name, "--paused", "--once", "configdrive=on"]
            if format == "nocloud" { arguments += ["--once", "configdrive_format=nocloud"] }
            let result = try Command.run(arguments)
            #expect(result.status == 0, "\(result.errors)")
            #expect(try guest.live.contains(try guest.iso))
            let files = try ConfigDrives.files(try guest.iso)
            let bytes = files[format == "nocloud" ? "meta-data" : "openstack/latest/meta_data.json"] ?? []
            #expect(String(decoding: bytes, as: UTF8.self).contains(try guest.uuid))
            #expect(try guest.definition == before)
        }
    }

    @Test("the property alone attaches the drive and makes it, without the hook")
    func property() throws {
        try ConfigDrives.withGuest("property") { guest in
            let before = try guest.definition
            try Command.check(Command.hostler, "set", guest.name, "configdrive=on")
            #expect(ConfigDrives.exists(try guest.iso))
            try FileManager.default.removeItem(atPath: try guest.iso)
            try Command.check(Command.hostler, "start", guest.name, "--paused")
            #expect(ConfigDrives.exists(try guest.iso))
            try Command.check("virsh", "destroy", guest.name)
            try Command.check(Command.hostler, "unset", guest.name, "configdrive")
            #expect(try guest.definition == before)
        }
    }

    @Test("an ISO that somebody else has made is used and never touched")
    func own() throws {
        try ConfigDrives.withHook {
            try ConfigDrives.withGuest("own-iso") { guest in
                // One with our mark on it: the property alone says whose it is.
                let other = guest.folder.appending(path: "own.iso").path
                let build = ["build", "-o", other, "--uuid", try guest.uuid]
                #expect(try Command.run([Command.hostler, "config-drive"] + build).status == 0)
                let stamp = try ConfigDrives.stamp(other)
                try Command.check(Command.hostler, "set", guest.name, "configdrive=\(other)")
                try Command.check("virsh", "start", guest.name)
                #expect(try guest.live.contains(other))
                try Command.check("virsh", "destroy", guest.name)
                #expect(try ConfigDrives.stamp(other) == stamp)

                try Command.check(Command.hostler, "set", guest.name, "configdrive=on")
                #expect(ConfigDrives.exists(try guest.iso))
                #expect(try !guest.definition.contains(other))
                try Command.check(Command.hostler, "set", guest.name, "configdrive=\(other)")
                try guest.drive("set", "--user-data", try guest.file("ud", "one"))
                #expect(try ConfigDrives.userData(try guest.iso) == "one")
                try Command.check(Command.hostler, "set", guest.name, "configdrive=\(other)")
                try guest.drive("unset")
                #expect(try ConfigDrives.stamp(other) == stamp)
            }
        }
    }
}
