import Foundation
import TestSupport
import Testing

/// What the tests of config drives have in common.
enum ConfigDrives {
    static let folder = "/var/lib/hostler/configdrive"

    /// What is in the folder of the drives, whatever it is.
    static var left: [String] {
        get throws {
            guard FileManager.default.fileExists(atPath: folder) else { return [] }
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        }
    }

    /// Every file on a drive, by its path.
    static func files(_ iso: String) throws -> [String: [UInt8]] {
        try withFolder { folder in
            let target = folder.appending(path: "drive")
            try Command.check(Command.hostler, "config-drive", "extract", iso, target.path)
            var files: [String: [UInt8]] = [:]
            for path in try FileManager.default.subpathsOfDirectory(atPath: target.path) {
                let file = target.appending(path: path)
                if try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true {
                    files[path] = Array(try Data(contentsOf: file))
                }
            }
            return files
        }
    }

    static func userData(_ iso: String) throws -> String? {
        try files(iso)["openstack/latest/user_data"].map { String(decoding: $0, as: UTF8.self) }
    }

    /// Which file it is, and when it was written: the same only where nobody has written it meanwhile.
    static func stamp(_ path: String) throws -> String {
        try Command.check("stat", "-c", "%i %s %y", path)
    }

    static func bytes(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map { Array($0) } }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// Installs libvirt's hook for the time of `body`.
    static func withHook(_ body: () throws -> Void) throws {
        try Command.check(Command.hostler, "install", "libvirt", "--hook", Command.hook)
        defer {
            _ = try? Command.run([Command.hostler, "uninstall", "libvirt"])
            _ = try? Command.support("restart-libvirtd")
        }
        try Command.support("restart-libvirtd")
        try body()
    }

    /// A guest for the time of `body`, of whose drive nothing may be left.
    static func withGuest(
        _ name: String,
        machine: String = "pc",
        mac: String = "52:54:00:12:34:56",
        _ body: (Guest) throws -> Void
    ) throws {
        try withFolder { folder in
            let network = "<interface type='user'><mac address='\(mac)'/><model type='virtio'/></interface>"
            try Guest.with(name, in: folder, machine: machine, devices: network) { guest in
                defer {
                    _ = try? Command.run(["virsh", "destroy", name])
                    _ = try? Command.run([Command.hostler, "config-drive", "unset", name])
                }
                try body(guest)
            }
        }
        #expect(try left == [])
        let kept = try Command.check(Command.hostler, "config-drive", "show")
        #expect(kept == "nothing is kept for any guest\n")
    }
}

extension Guest {
    var uuid: String {
        get throws { try Command.check("virsh", "domuuid", name).trimmingCharacters(in: .whitespacesAndNewlines) }
    }

    /// Where its drive is unless it is on a pool.
    var iso: String { get throws { "\(ConfigDrives.folder)/\(try uuid).iso" } }

    /// `hostler config-drive VERB GUEST …`, which has to succeed.
    @discardableResult
    func drive(_ verb: String, _ arguments: String..., input: String = "") throws -> String {
        let result = try Command.run(
            [Command.hostler, "config-drive", verb, name] + arguments,
            input: Array(input.utf8)
        )
        if result.status != 0 {
            throw Command.Failed("config-drive \(verb) \(arguments): exit \(result.status): \(result.errors)")
        }
        return result.output
    }

    /// Writes `text` into a file of the guest's folder.
    func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }

    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = folder.appending(path: name)
        try Data(bytes).write(to: file)
        return file.path
    }

    /// Defines it anew, with its definition changed as somebody else's tool would.
    func redefine(_ change: (String) -> String) throws {
        try Command.check("virsh", "define", try file("changed.xml", change(try definition)))
    }

    /// Each file that the guest has told of (`boot-iso --config-drive`): its content, or the sha256 of a large one.
    var drivePrinted: [String: String] {
        var files: [String: String] = [:]
        for line in console.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            if words.starts(with: ["HOSTLER-GUEST", "file"]) && words.count == 5 {
                files[String(words[2])] = String(words[4])
            }
        }
        return files
    }

    /// What the guest says it has read, as bytes.
    func drivePrinted(_ path: String) -> [UInt8]? {
        drivePrinted[path].flatMap { Data(base64Encoded: $0) }.map { Array($0) }
    }
}
