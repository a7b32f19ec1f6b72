import Foundation
import TestSupport
import Testing

/// A definition that libvirt takes may still be one that QEMU refuses: each way of placing the cdrom, started for real
/// (its CPUs paused) with an ISO that a local HTTPS server has.
@Suite(.enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence), .serialized)
struct StartTests {
    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let arch: String
        let machine: String
        /// `bus:count` of the disks that are there.
        var disks: [String] = []
        var controllers = ""
        /// The device that QEMU is to have, and what it sits on.
        let expected: String
        let controller: String?

        init(
            _ arch: String,
            _ machine: String,
            _ disks: [String],
            on expected: String,
            adding controller: String? = nil,
            controllers: String = ""
        ) {
            testDescription = "\(machine) \(arch) \(disks)"
            self.arch = arch
            self.machine = machine
            self.disks = disks
            self.expected = expected
            self.controller = controller
            self.controllers = controllers
        }
    }

    static let cases = [
        Case("x86_64", "pc", ["ide:1"], on: "ide"),
        Case("x86_64", "pc", ["virtio:1"], on: "ide"),
        Case("x86_64", "pc", ["ide:4"], on: "sata", adding: "sata"),
        Case("x86_64", "pc", ["ide:4", "virtio:3"], on: "sata", adding: "sata"),
        Case("x86_64", "pc", ["ide:4", "scsi:1"], on: "scsi"),
        Case("x86_64", "pc", ["ide:4"], on: "scsi", controllers: "<controller type='scsi' model='virtio-scsi'/>"),
        Case("i686", "pc", ["ide:2"], on: "ide"),
        Case("x86_64", "q35", ["sata:1"], on: "sata"),
        Case("x86_64", "q35", ["virtio:2"], on: "sata"),
        Case("x86_64", "q35", ["sata:6"], on: "sata", adding: "sata"),
        Case("x86_64", "q35", ["sata:6", "virtio:2"], on: "sata", adding: "sata"),
        Case("aarch64", "virt", ["virtio:2"], on: "scsi", adding: "scsi"),
        Case("aarch64", "virt", ["scsi:1"], on: "scsi"),
        Case("riscv64", "virt", ["virtio:2"], on: "scsi", adding: "scsi"),
        Case("s390x", "s390-ccw-virtio", ["virtio:2"], on: "scsi", adding: "scsi"),
        Case("s390x", "s390-ccw-virtio", ["scsi:16"], on: "scsi"),
        Case("ppc64", "pseries", ["virtio:2"], on: "scsi", adding: "scsi"),
        Case("ppc64", "pseries", ["scsi:2"], on: "scsi"),
        Case("ppc64", "pseries", ["scsi:14"], on: "scsi"),
    ]

    @Test(arguments: cases)
    func starts(_ test: Case) throws {
        try withFolder { folder in
            try WebServer.with(in: folder) { server in
                try Data(count: 1 << 20).write(to: server.root.appending(path: "a.iso"))
                let libvirt = try Libvirt()
                let original = try domain(test, folder)
                let set = try Trial.transform(original, ["httpsisoboot": try server.url("a.iso?token=1")])
                let running = String(decoding: try libvirt.run(set), as: UTF8.self)

                let disk = /<disk type='network' device='cdrom'>[\S\s]*?<\/disk>/
                let device = running.firstMatch(of: disk)?.output ?? ""
                #expect(device.contains("<alias name='ua-hostler-httpsisoboot'/>"))
                #expect(device.contains("bus='\(test.expected)'"))
                let alias = "<alias name='ua-hostler-httpsisoboot-controller'/>"
                if let type = test.controller {
                    let tag = "<controller type='\(type)' index='[0-9]+'[^>]*>"
                    let pattern = try Regex(tag + "\\s*(<[^c/][^>]*>\\s*)*" + alias)
                    #expect(running.contains(pattern), "no controller of ours in \(running)")
                } else {
                    #expect(!running.contains(alias))
                }
            }
        }
    }

    private func domain(_ test: Case, _ folder: URL) throws -> [UInt8] {
        var disks = ""
        for entry in test.disks {
            let parts = entry.split(separator: ":")
            let bus = String(parts[0])
            let prefix = bus == "ide" ? "hd" : bus == "virtio" ? "vd" : "sd"
            for index in 0..<(Int(parts[1]) ?? 0) {
                let name = prefix + String(UnicodeScalar(UInt8(ascii: "a") + UInt8(index)))
                let file = folder.appending(path: name)
                try Data(count: 1 << 16).write(to: file)
                disks += "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='\(file.path)'/>"
                disks += "<target dev='\(name)' bus='\(bus)'/></disk>"
            }
        }
        return Array(
            """
            <domain type='qemu'>
              <name>start-\(test.machine)-\(test.arch)</name>
              <memory unit='MiB'>256</memory>
              <os>
                <type arch='\(test.arch)' machine='\(test.machine)'>hvm</type>
                <boot dev='hd'/>
              </os>
              <devices>
                \(test.controllers)\(disks)
              </devices>
            </domain>
            """.utf8
        )
    }
}
