import Foundation
import TestSupport
import Testing

/// The binary itself: what a stack sees of it that the contracts in memory do not show.
@Suite("hostler-hook as a process")
struct HookProcessTests {
    /// Beside the test bundle, where the package manager puts executables.
    static let hook =
        Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
        .map { $0.deletingLastPathComponent().appending(path: "hostler-hook") }
        ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "hostler-hook")

    /// Calls the hook with the little that libvirt hands on of an environment.
    private func run(
        as program: URL = hook,
        _ arguments: [String],
        environment: [String: String] = [:],
        input: [UInt8] = []
    ) throws -> Command {
        try Command.run(
            [program.path] + arguments,
            input: input,
            environment: ["LC_ALL": "C", "PATH": "/usr/bin:/bin", "HOME": "/root"].merging(environment) { $1 }
        )
    }

    private static let url = ["httpsisoboot": "https://iso.example.com/debian.iso"]

    @Test(
        "knows each stack by the name and place it is called under",
        arguments: [
            ("qemu", ["g", "reconnect", "begin", "-"], Int32(0)),
            ("qemu.d/50-hostler", ["g", "reconnect", "begin", "-"], 0),
            ("before_vm_start/50_hostler", [], 2),
            ("libvirt-vm-xml-transformer.sh", [], 64),
            ("onDefineDomain", [], 64),
            ("something-else", [], 64),
        ]
    )
    func names(_ name: String, _ arguments: [String], _ status: Int32) throws {
        try withFolder { folder in
            let link = folder.appending(path: name)
            try FileManager.default.createDirectory(
                at: link.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: Self.hook)
            #expect(try run(as: link, arguments).status == status)
        }
    }

    @Test("a guest's name may be anything, under LC_ALL=C too")
    func guestNames() throws {
        let marked = try Fixtures.read("hooks/libvirt/prepare-not-applied/stdin.xml")
        for name in ["a b", "it's \"quoted\"", "gäst-日本", "$(touch x)", "-v"] {
            let outcome = try run(["libvirt", name, "prepare", "begin", "-"], input: marked)
            #expect(outcome.status == 1)
            #expect(outcome.errors.hasPrefix("hostler: guest \(name): httpsisoboot is set"), "\(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1)
            #expect(outcome.output.isEmpty)
        }
    }

    @Test("VDSM's file keeps its mode and owner, and no neighbour stays behind")
    func replacesFile() throws {
        try withFolder { folder in
            let file = folder.appending(path: "domain.xml")
            try Data(try Fixtures.read("domains/pc-plain.xml")).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file.path)
            let outcome = try run(["vdsm"], environment: Self.url.merging(["_hook_domxml": file.path]) { $1 })
            #expect(outcome.status == 0, "\(outcome.errors)")
            let expected = try Fixtures.read("hooks/vdsm/environment/file.out.xml")
            #expect(Array(try Data(contentsOf: file)) == expected)
            let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
            #expect(mode == 0o640)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["domain.xml"])
        }
    }

    @Test("VDSM's file behind a link is replaced, the link stays")
    func followsLink() throws {
        try withFolder { folder in
            let file = folder.appending(path: "domain.xml")
            let link = folder.appending(path: "link.xml")
            try Data(try Fixtures.read("domains/pc-plain.xml")).write(to: file)
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
            let outcome = try run(["vdsm"], environment: Self.url.merging(["_hook_domxml": link.path]) { $1 })
            #expect(outcome.status == 0)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == file.path)
            #expect(Array(try Data(contentsOf: file)) == (try Fixtures.read("hooks/vdsm/environment/file.out.xml")))
        }
    }

    // That it cannot be *written* needs a file system of its own: see VDSMHookTests.
    @Test("a file of VDSM's that cannot be read ends with exit status 2 and one line")
    func unreadable() throws {
        try withFolder { folder in
            let outcome = try run(["vdsm"], environment: Self.url.merging(["_hook_domxml": folder.path]) { $1 })
            #expect(outcome.status == 2)
            #expect(outcome.errors.hasPrefix("hostler: cannot read "), "\(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1)
        }
    }

    /// Runs the hook with devices for its standard streams.
    private func run(_ arguments: String, from input: String, to output: String) throws -> Command {
        let line = "exec '\(Self.hook.path)' \(arguments) <\(input) >\(output)"
        return try Command.run(["sh", "-c", line])
    }

    @Test("a domain that cannot be delivered is an error, not half a domain")
    func fullOutput() throws {
        let domain = "\"<domain type='kvm'><devices/></domain>\""
        let outcome = try run("kubevirt --vmi {} --domain \(domain)", from: "/dev/null", to: "/dev/full")
        #expect(outcome.status == 74)
        #expect(outcome.errors.hasPrefix("hostler: cannot write the domain: "), "\(outcome.errors)")
    }

    @Test("an endless standard input is not read for ever")
    func endlessInput() throws {
        let outcome = try run("libvirt g migrate begin -", from: "/dev/zero", to: "/dev/null")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.isEmpty)
    }
}
