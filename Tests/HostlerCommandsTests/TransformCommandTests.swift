import ArgumentParser
import DomainXML
import Testing

@testable import HostlerCommands
@testable import Operations

@Suite struct TransformCommandTests {
    private let input = Array(sampleDomain.utf8)

    /// Where the host's own limit on URLs must not matter.
    private func command(_ arguments: [String]) throws -> TransformCommand {
        try TransformCommand.parse(["--allowed-url", "https://.*"] + arguments)
    }

    @Test func nothingToDoGivesTheSameBytes() throws {
        let command = try command([])
        let result = try command.transformed(input)
        #expect(command.rendered(result, input, coloured: false) == input)
    }

    @Test func setAndUnsetAreEachOthersUndo() throws {
        let set = try command(["--set", "httpsisoboot=https://server/a.iso?x=1"]).transformed(input)
        #expect(set.isChanged)
        #expect(try command(["--unset", "httpsisoboot"]).transformed(set.xml).xml == input)
    }

    @Test func diffTakesTheDocumentsPlace() throws {
        let command = try command(["--set", "bootorder=vda", "--diff", "demo.xml"])
        let text = String(
            decoding: command.rendered(try command.transformed(input), input, coloured: false),
            as: UTF8.self
        )
        #expect(text.hasPrefix("--- demo.xml\n+++ demo.xml (transformed)\n@@ "))
        #expect(text.contains("\n+      <hostler:bootorder>vda</hostler:bootorder>\n"))
    }

    @Test(arguments: [
        (["--set", "foo"], "--set 'foo' is not of the form name=value"),
        (["--set", "=foo"], "--set '…' is not of the form name=value"),
        (["--set", "https://a/b?token"], "--set 'https…' is not of the form name=value"),
        (["--artefact", "iso"], "--artefact 'iso' is not of the form role=path"),
        (["--artefact", "iso=/x"], "--artefact iso: no property uses an artefact of that role; known are configdrive"),
        (["--artefact", "configdrive=/a", "--artefact", "configdrive=/b"], "--artefact configdrive is given twice"),
        (["--allowed-url", "["], "--allowed-url '[' is not a regular expression"),
        (["--set", "bootorder=hd", "--unset", "bootorder"], "bootorder is given to --set and to --unset"),
        (["--nonsense"], "Unknown option '--nonsense'"),
        (["a.xml", "b.xml"], "Unexpected argument 'b.xml'"),
    ])
    func wrongUsageIs64(arguments: [String], message: String) throws {
        let error = try #require(throws: (any Error).self) { try TransformCommand.parse(arguments) }
        #expect(OperationError(wrapping: error) == nil)
        #expect(TransformCommand.exitCode(for: error).rawValue == 64)
        #expect(TransformCommand.message(for: error).contains(message))
    }

    @Test(arguments: ["nonsense=1", "httpsisoboot=http://server/a.iso", "bootorder=vdx"])
    func badPropertyIs65(property: String) throws {
        let error = try #require(throws: DomainXMLError.self) { try command(["--set", property]).transformed(input) }
        #expect(OperationError(wrapping: error)?.code == .badInput)
    }

    @Test func urlOutsideTheLimitIs65() throws {
        let command = try TransformCommand.parse([
            "--allowed-url", "https://good/.*", "--set", "httpsisoboot=https://bad/x?token=s",
        ])
        let error = try #require(throws: DomainXMLError.self) { try command.transformed(input) }
        #expect(!error.message.contains("token"))
    }

    @Test func unreadableFileIs65() async {
        #expect(await HostlerMain.run(["transform", "/nonexistent/demo.xml"]) == 65)
    }

    @Test func largeFilesAreNotReadToTheirEnd() throws {
        #expect(try Files.read("/dev/zero", limit: 1000).count == 1001)
    }
}
