import Foundation
import Provisioning
import TestSupport
import Testing

@Suite("certificates in the system's trust store")
struct SystemCertificateTests {
    /// A folder for certificates, and a program that stands for update-ca-certificates.
    private struct System {
        let folder: URL
        var local: String { folder.appending(path: "local").path }
        var program: String { folder.appending(path: "update").path }
        var trust: SystemTrust { SystemTrust(folder: local, program: program) }

        func program(_ script: String) throws {
            try Command.makeProgram(program, script)
        }

        /// How often the program has succeeded.
        func runs() -> Int {
            let text = (try? String(contentsOfFile: folder.path + "/runs", encoding: .utf8)) ?? ""
            return text.split(separator: "\n").count
        }

        func certificate(_ name: String) throws -> TrustStore.Contents {
            ["a": try PEMBundle.parse(try TestCertificate.make("/CN=" + name, in: folder))]
        }
    }

    private func with(_ body: (System) throws -> Void) throws {
        try withFolder { try body(System(folder: $0)) }
    }

    private static let succeeds = #"echo ran >>"$(dirname "$0")/runs""#

    @Test("after a failure the program runs again, whether or not the files are right", arguments: [true, false])
    func failure(isRevoked: Bool) throws {
        try with { system in
            let contents = try system.certificate("One")
            if isRevoked {
                try system.program(Self.succeeds)
                try system.trust.make(contents)
            }
            let wanted = isRevoked ? [:] : contents
            let before = system.runs()
            try system.program("exit 1")
            for _ in 0..<2 { #expect(throws: CertificateError.self) { try system.trust.make(wanted) } }
            try system.program(Self.succeeds)
            #expect(try system.trust.make(wanted))
            #expect(system.runs() == before + 1)
            #expect(try !system.trust.make(wanted))
            #expect(system.runs() == before + 1)
        }
    }

    @Test("a call that was killed while the program ran is made good by the next one", arguments: [true, false])
    func killed(isRevoked: Bool) throws {
        try with { system in
            let contents = try system.certificate("One")
            if isRevoked {
                try system.program(Self.succeeds)
                try system.trust.make(contents)
            }
            let wanted = isRevoked ? [:] : contents
            // The folder as it is in the middle is what a killed process leaves.
            try system.program(#"cp -a "$(dirname "$0")/local" "$(dirname "$0")/left""#)
            #expect(try system.trust.make(wanted))
            let left = SystemTrust(folder: system.folder.path + "/left", program: system.program)
            try system.program(Self.succeeds)
            let before = system.runs()
            #expect(try left.make(wanted))
            #expect(system.runs() == before + 1)
            #expect(try !left.make(wanted))
        }
    }

    @Test("nothing is left in the folder but the certificates, and nothing half done looks like one")
    func names() throws {
        try with { system in
            try system.program(#"find "$(dirname "$0")/local" -name '*.crt' >"$(dirname "$0")/seen""#)
            try system.trust.make(try system.certificate("One"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: system.local) == ["hostler-a.crt"])
            let seen = try String(contentsOfFile: system.folder.path + "/seen", encoding: .utf8)
            #expect(seen == system.local + "/hostler-a.crt\n")
            try system.trust.make([:])
            #expect(try FileManager.default.contentsOfDirectory(atPath: system.local) == [])
        }
    }
}

private enum NameSpaces {
    static let areThere = (try? Command.run(["unshare", "-rm", "true"]).status) == 0
}

/// Runs the package's own script, in name spaces where the folders that it works on are its own.
@Suite("certificates when the package is removed", .enabled(if: NameSpaces.areThere, "unshare -rm does not work"))
struct CertificateRemovalTests {
    private static let script = Fixtures.directory.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "debian/hostler.postrm").path

    /// - Returns: the files that are left, and what update-ca-certificates was called with.
    private func run(_ action: String, _ files: [String], programFails: Bool = false) throws -> (
        files: [String], calls: String, errors: String
    ) {
        try withFolder { folder in
            let (local, calls) = (folder.appending(path: "local").path, folder.appending(path: "calls").path)
            let programs = folder.appending(path: "bin").path
            for path in [local, programs] {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            }
            for file in files { try Data("x".utf8).write(to: URL(filePath: local + "/" + file)) }
            let program = "echo \"run $*\" >>'\(calls)'\nexit \(programFails ? 1 : 0)"
            try Command.makeProgram(programs + "/update-ca-certificates", program)
            let setup = """
                mount --bind "$1" /usr/local/share
                mkdir -p "$1/ca-certificates"
                mount --bind "$2" /usr/local/share/ca-certificates
                PATH="$3:$PATH" exec sh "$4" "$5"
                """
            try FileManager.default.createDirectory(
                atPath: folder.appending(path: "share").path,
                withIntermediateDirectories: true
            )
            let outcome = try Command.run([
                "unshare", "-rm", "sh", "-ec", setup, "sh", folder.appending(path: "share").path, local, programs,
                Self.script, action,
            ])
            #expect(outcome.status == 0, "\(outcome.errors)")
            return (
                try FileManager.default.contentsOfDirectory(atPath: local).sorted(),
                (try? String(contentsOfFile: calls, encoding: .utf8)) ?? "", outcome.errors
            )
        }
    }

    private static let ours = ["hostler-a.crt", "hostler-a-2.crt", ".hostler-a.crt.Xy12Zz"]

    @Test("ours are trusted no longer, others' still are")
    func remove() throws {
        let outcome = try run("remove", Self.ours + ["theirs.crt"])
        #expect(outcome.files == ["theirs.crt"])
        #expect(outcome.calls == "run --fresh\n" && outcome.errors == "")
    }

    @Test(
        "an upgrade leaves them, and so does a removal where there are none",
        arguments: ["upgrade", "failed-upgrade"]
    )
    func upgrade(action: String) throws {
        let outcome = try run(action, Self.ours)
        #expect(outcome.files == Self.ours.sorted() && outcome.calls == "")
        #expect(try run("remove", ["theirs.crt"]).calls == "")
    }

    @Test("a failing program does not keep the package from being removed, and is told")
    func failure() throws {
        let outcome = try run("remove", Self.ours, programFails: true)
        #expect(outcome.files == [] && outcome.errors.contains("please run update-ca-certificates"))
    }
}
