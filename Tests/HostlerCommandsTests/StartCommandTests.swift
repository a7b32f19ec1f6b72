import DomainXML
import Glibc
import Testing

@testable import HostlerCommands
@testable import Operations

@Suite struct StartCommandTests {
    private func once(_ properties: String...) throws -> [PropertyValue] {
        try PropertyArguments.parse(properties, "--once")
    }

    @Test func sentenceSaysWhatItWasStartedWith() throws {
        let url = "https://server/a.iso?token=s"
        #expect(StartCommand.with([], nil) == "")
        #expect(StartCommand.with([], url) == " with httpsisoboot=https://server/a.iso?…")
        #expect(
            StartCommand.with(try once("httpsisoboot=\(url)", "bootorder=hd"), url)
                == " once with httpsisoboot=https://server/a.iso?…, bootorder=hd"
        )
    }

    @Test func definitionOutsideTheLimitIsRefused() throws {
        let url = try once("httpsisoboot=https://bad/a.iso?token=s")
        let xml = try DomainTransformer.transform(Array(sampleDomain.utf8), TransformRequest(properties: url)).xml
        let refusal = try #require(GuestStart.refusal(of: xml, try AllowedURLs(["https://good/.*"])))
        #expect(refusal.message.contains("allowed_urls") && !refusal.message.contains("token"))
        #expect(GuestStart.refusal(of: xml, try AllowedURLs(["https://bad/.*"])) == nil)
        #expect(GuestStart.refusal(of: xml, .unlimited) == nil)
        // What libvirt would start all the same.
        #expect(GuestStart.refusal(of: Array("<domain type='lxc'/>".utf8), try AllowedURLs(["x"])) == nil)
    }

    @Test func consoleNeedsATerminalAndVirsh() throws {
        let scratch = try Scratch()
        let noTerminal = try #require(throws: OperationError.self) { try Console.check(isTerminal: false) }
        #expect(noTerminal.message?.contains("needs a terminal") == true)
        let noVirsh = try #require(throws: OperationError.self) {
            try Console.check(isTerminal: true, path: "/nonexistent:\(scratch.path)")
        }
        #expect(noVirsh.message?.contains("needs virsh") == true)
        let virsh = try scratch.write("", to: "virsh")
        #expect(chmod(virsh, 0o755) == 0)
        try Console.check(isTerminal: true, path: "/nonexistent:\(scratch.path)")
    }
}
