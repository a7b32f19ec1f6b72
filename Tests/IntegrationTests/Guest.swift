import Foundation
import TestSupport

/// An emulated guest with an empty disk and its serial console in a file; gone when the body ends, however it ends.
struct Guest {
    let name: String
    let folder: URL

    var console: String {
        let bytes = (try? Data(contentsOf: folder.appending(path: "serial.log"))) ?? Data()
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `virsh domstate --reason`.
    var state: String {
        get throws {
            try Command.check("virsh", "domstate", name, "--reason").trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    var definition: String {
        get throws { try Command.check("virsh", "dumpxml", name, "--inactive", "--security-info") }
    }

    var live: String {
        get throws { try Command.check("virsh", "dumpxml", name) }
    }

    func waitUntilOff() throws {
        try wait(for: "\(name) to be shut off", seconds: 300) { try state.hasPrefix("shut off") }
    }

    /// Defines a guest for the time of `body`.
    static func with(
        _ name: String,
        in folder: URL,
        machine: String = "pc",
        metadata: String = "",
        devices: String = "",
        _ body: (Guest) throws -> Void
    ) throws {
        let guest = Guest(name: name, folder: folder)
        let disk = folder.appending(path: "disk.qcow2").path
        try Command.check("qemu-img", "create", "-q", "-f", "qcow2", disk, "64M")
        let file = folder.appending(path: "domain.xml")
        try Data(
            """
            <domain type='qemu'>
              <name>\(name)</name>
              <metadata>\(metadata)</metadata>
              <memory unit='MiB'>384</memory>
              <os><type arch='x86_64' machine='\(machine)'>hvm</type><boot dev='hd'/></os>
              <features><acpi/></features>
              <on_reboot>destroy</on_reboot>
              <devices>
                <disk type='file' device='disk'>
                  <driver name='qemu' type='qcow2'/><source file='\(disk)'/><target dev='vda' bus='virtio'/>
                </disk>
                <serial type='file'><source path='\(folder.path)/serial.log'/></serial>
                <memballoon model='none'/>
                \(devices)
              </devices>
            </domain>
            """.utf8
        ).write(to: file)
        try Command.check("virsh", "define", file.path)
        defer {
            _ = try? Command.run(["virsh", "destroy", name])
            _ = try? Command.run(["virsh", "managedsave-remove", name])
            _ = try? Command.run(["virsh", "undefine", name, "--nvram"])
        }
        try body(guest)
    }
}

/// A web server of our own, trusted by this namespace.
struct WebServer {
    let folder: URL
    var root: URL { folder.appending(path: "web") }
    private var server: String { folder.appending(path: "server").path }

    var port: String {
        get throws {
            let bytes = try Data(contentsOf: folder.appending(path: "server/port"))
            return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    func url(_ path: String) throws -> String { "https://localhost:\(try port)/\(path)" }

    /// - Parameters:
    ///   - rate: how fast each connection may be, as nginx has it: `400k` a second.
    ///   - certificate: `expired`, `other-host` or `self-signed`.
    func start(rate: String? = nil, certificate: String? = nil) throws {
        var variables: [String] = []
        if let rate { variables.append("LIMIT_RATE=\(rate)") }
        if let certificate { variables.append("CERTIFICATE=\(certificate)") }
        let outcome = try Command.run(
            ["env"] + variables + [PrivateLibvirt.file("Support/web-server").path, "start", server, root.path]
        )
        if outcome.status != 0 { throw Command.Failed("web-server: exit \(outcome.status): \(outcome.errors)") }
    }

    func stop() throws { try Command.support("web-server", "stop", server) }

    /// Stops it and starts it, as ``start(rate:certificate:)`` does.
    func restart(rate: String? = nil, certificate: String? = nil) throws {
        try stop()
        try start(rate: rate, certificate: certificate)
    }

    /// The requests so far for a file, one line for each.
    func requests(_ path: String) throws -> [String] {
        let log = try String(contentsOf: folder.appending(path: "server/access.log"), encoding: .utf8)
        return log.split(separator: "\n").map(String.init).filter { $0.contains("\"GET /\(path) ") }
    }

    static func with(in folder: URL, trusted: Bool = true, _ body: (WebServer) throws -> Void) throws {
        let server = WebServer(folder: folder)
        try FileManager.default.createDirectory(at: server.root, withIntermediateDirectories: true)
        try server.start()
        defer { try? server.stop() }
        if trusted { try Command.support("trust-ca", folder.appending(path: "server/ca.pem").path) }
        try body(server)
    }
}
