import DomainXML
import Foundation
import Glibc
import TestSupport
import Testing

/// What the tests of templates have in common.
enum Templates {
    /// Where disks and templates are unless a pool is named.
    static let folder = "/var/lib/libvirt/images"

    /// A host without templates that may read from loopback, and a web server that it trusts; it has none again afterwards.
    static func withHost(trusted: Bool = true, _ body: (URL, WebServer) throws -> Void) throws {
        let manager = FileManager.default
        try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // The trial of the package has taken it away, if it ran before.
        try manager.createDirectory(atPath: "/etc/hostler", withIntermediateDirectories: true)
        try Data("127.0.0.0/8\n::1/128\n".utf8).write(to: URL(filePath: "/etc/hostler/allowed_cidrs"))
        defer {
            for name in ["state.db", "state.db-wal", "state.db-shm", "trust", "iso", "media"] {
                try? manager.removeItem(atPath: "/var/lib/hostler/" + name)
            }
            try? manager.removeItem(atPath: folder)
            try? manager.removeItem(atPath: "/etc/hostler/allowed_cidrs")
        }
        try withFolder { folder in
            try WebServer.with(in: folder, trusted: trusted) { try body(folder, $0) }
        }
    }

    /// A disk that boots and tells what it is (`boot-iso`), as qcow2, compressed: `boot.qcow2.gz` of the server.
    ///
    /// - Returns: its path, and that of the qcow2.
    static func bootImage(_ folder: URL, _ server: WebServer) throws -> (packed: String, image: String) {
        let (iso, image) = (folder.appending(path: "boot.iso").path, folder.appending(path: "boot.qcow2").path)
        let packed = server.root.appending(path: "boot.qcow2.gz").path
        try Command.support("boot-iso", iso, "--size", "2")
        try Command.check("qemu-img", "convert", "-O", "qcow2", iso, image)
        try Command.check("sh", "-c", "gzip -1 <\"$1\" >\"$2\"", "sh", image, packed)
        return (packed, image)
    }

    static func sha256(_ file: String) throws -> String {
        String(try Command.check("sha256sum", file).prefix(64))
    }

    /// All that is in a folder, hidden files too.
    static func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    /// `hostler template stage`, which has to succeed.
    ///
    /// - Returns: where the image is.
    @discardableResult
    static func stage(_ arguments: String...) throws -> String {
        let result = try Command.run([Command.hostler, "template", "stage", "--quiet", "--json"] + arguments)
        if result.status != 0 { throw Command.Failed("stage \(arguments): exit \(result.status): \(result.errors)") }
        let copy = try copies().first { $0["state"] as? String == "ready" }
        guard let path = copy?["path"] as? String else { throw Command.Failed("no copy is ready: \(result.output)") }
        return path
    }

    /// `hostler template stage`, which has to fail.
    ///
    /// - Returns: what it says.
    static func refusal(_ arguments: String...) throws -> String {
        let result = try Command.run([Command.hostler, "template", "stage", "--quiet"] + arguments)
        #expect(result.status == 1 || result.status == 65, "\(arguments): \(result.output)")
        return result.errors
    }

    /// The copies of all templates, as `hostler template list --json` has them.
    static func copies() throws -> [[String: Any]] {
        let list = try JSONSerialization.jsonObject(
            with: Data(try Command.check(Command.hostler, "template", "list", "--json").utf8)
        )
        return (list as? [[String: Any]] ?? []).flatMap { $0["copies"] as? [[String: Any]] ?? [] }
    }

    static func states() throws -> [String] { try copies().map { $0["state"] as? String ?? "" } }

    static func remove() throws {
        let names = try Command.check(Command.hostler, "template", "list", "--names").split(separator: "\n")
        for name in names { try Command.check(Command.hostler, "template", "remove", String(name)) }
    }

    /// An empty file system of `size` (`8m`) for the time of `body`.
    static func withSmallDisk(_ size: String, in folder: URL, _ body: (String) throws -> Void) throws {
        let disk = folder.appending(path: "small").path
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        try Command.check("mount", "-n", "-t", "tmpfs", "-o", "size=\(size),mode=755", "hostler", disk)
        defer { _ = try? Command.run(["umount", "-n", disk]) }
        try body(disk)
    }

    /// A folder whose file system can be made to hang (`bindfs`), for the time of `body`, which gets its process.
    static func withFileServer(in folder: URL, _ body: (String, pid_t) throws -> Void) throws {
        let (real, pool) = (folder.appending(path: "real").path, folder.appending(path: "served").path)
        for place in [real, pool] {
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        }
        let script = """
            bindfs -f -o allow_other,attr_timeout=0,entry_timeout=0,negative_timeout=0 "$1" "$2" >"$3" 2>&1 </dev/null &
            for _ in $(seq 100); do mountpoint -q "$2" && break; sleep 0.1; done
            echo $!
            """
        let log = folder.appending(path: "bindfs.log").path
        let said = try Command.check("sh", "-c", script, "sh", real, pool, log)
        let process = try #require(pid_t(said.trimmingCharacters(in: .whitespacesAndNewlines)))
        defer {
            kill(process, SIGCONT)
            _ = try? Command.run(["umount", "-n", "-l", pool])
            kill(process, SIGTERM)
        }
        try body(pool, process)
    }

    static func grow(_ disk: String, to size: String) throws {
        try Command.check("mount", "-n", "-o", "remount,size=\(size)", disk)
    }
}

extension Guest {
    /// Has properties set, by the command.
    @discardableResult
    func set(_ properties: String...) throws -> Command {
        let result = try Command.run([Command.hostler, "set", name] + properties)
        if result.status != 0 { throw Command.Failed("set \(properties): exit \(result.status): \(result.errors)") }
        return result
    }

    /// Defined with the properties in it, as `hostler transform` writes it: nothing is staged by that.
    func define(with properties: [String: String]) throws {
        let set = try Trial.transform(Array(definition.utf8), properties)
        try Command.check("virsh", "define", try file("set.xml", set))
    }

    func start() throws { try Command.check("virsh", "start", name) }

    /// Where its first disk is.
    var disk: String { get throws { "\(Templates.folder)/hostler-\(try uuid)-vda.qcow2" } }

    /// Waits until it has told all and is off.
    func finish() throws {
        try waitUntilOff()
        #expect(console.contains("HOSTLER-GUEST payload ok") && console.contains("HOSTLER-GUEST bye"), "\(console)")
    }
}
