import Foundation
import TestSupport
import Testing

/// What VDSM's contract says of files, on a real file system of our own.
@Suite(.serialized, .enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence))
struct VDSMHookTests {
    @Test(
        "a domain that cannot be written is left as it is, with exit status 2 and one line",
        arguments: ["ro", "full"]
    )
    func unwritable(_ how: String) throws {
        try withFolder { folder in
            let mount = folder.appending(path: "mount").path
            let file = mount + "/domain.xml"
            try Command.check("mkdir", mount)
            // Two pages: one for the domain, none for its successor.
            try Command.check("mount", "-n", "-t", "tmpfs", "-o", "size=8k", "tmpfs", mount)
            defer { _ = try? Command.run(["umount", "-n", mount]) }
            try Command.check("cp", PrivateLibvirt.file("Fixtures/domains/q35-orders.xml").path, file)
            if how == "ro" {
                try Command.check("mount", "-n", "-o", "remount,ro", mount)
            } else {
                try Command.check("sh", "-c", "yes | dd of=\(mount)/filler bs=4k count=1 iflag=fullblock status=none")
            }
            let before = try Command.check("cat", file)
            let result = try Command.run(
                [Command.hook, "vdsm"],
                environment: ["_hook_domxml": file, "httpsisoboot": "https://iso.example.com/debian.iso"]
            )
            #expect(result.status == 2)
            #expect(result.output.isEmpty)
            #expect(result.errors.hasPrefix("hostler: cannot write"), "\(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            #expect(try Command.check("cat", file) == before)
            let names = how == "ro" ? "domain.xml\n" : "domain.xml\nfiller\n"
            #expect(try Command.check("ls", "-A", mount) == names)
        }
    }
}
