import Foundation
import TestSupport
import Testing

@testable import Provisioning

/// Shapes of networks, each with what goes on the drive and what cloud-init makes of it, as golden files.
@Suite struct NetworkShapeTests {
    static let shapes = Fixtures.files(below: "network").filter { $0.hasSuffix(".in.yaml") }
        .map { String($0.dropFirst("network/".count).dropLast(".in.yaml".count)) }

    private static let guest = ProvisioningTests.guest(3)
    /// All shapes go through one run, since starting Python is most of what a run costs.
    private static let rendered = Result { () throws -> [String: NetworkRendering.Result] in
        let macs = ["52:54:00:12:34:01": "ens3", "52:54:00:12:34:02": "ens4", "52:54:00:12:34:03": "ens5"]
        let results = try NetworkRendering.run(
            try shapes.map { try NetworkRendering.Case(configuration($0), macs: macs) }
        )
        return Dictionary(uniqueKeysWithValues: zip(shapes, results))
    }

    private static func configuration(_ shape: String) throws -> NetworkConfiguration {
        try NetworkConfiguration(try Fixtures.read("network/\(shape).in.yaml"), for: guest)
    }

    private func rendering(_ shape: String) throws -> NetworkRendering.Result {
        let result = try #require(try Self.rendered.get()[shape])
        #expect(result.error == nil)
        return result
    }

    @Test(arguments: shapes)
    func goesOnTheDrive(shape: String) throws {
        let configuration = try Self.configuration(shape)
        for (name, bytes) in [
            ("network_data.json", try configuration.networkData()),
            ("network-config", try configuration.networkConfig()),
        ] {
            if let problem = try Fixtures.compare(bytes, "network/\(shape).\(name)") { Issue.record("\(problem)") }
        }
    }

    @Test(arguments: shapes)
    func isValidForNova(shape: String) throws {
        let complaints = try rendering(shape).schema
        #expect(complaints == [] || complaints == nil)
    }

    @Test(arguments: shapes)
    func cloudInitRenders(shape: String) throws {
        let result = try rendering(shape)
        for (drive, rendered) in [("configdrive", result.networkData), ("nocloud", result.networkConfig)] {
            let rendered = try #require(rendered)
            for (name, text) in [("netplan", rendered.netplan), ("eni", rendered.eni)] {
                let golden = "network/\(shape).\(drive).\(name)"
                if let problem = try Fixtures.compare(Array(text.utf8), golden) { Issue.record("\(problem)") }
            }
            #expect(rendered.warnings == [])
        }
    }

    @Test(arguments: shapes)
    func bothDrivesMeanTheSame(shape: String) throws {
        let result = try rendering(shape)
        #expect(result.networkData?.meaning == result.networkConfig?.meaning)
        #expect(result.networkData?.eniMeaning == result.networkConfig?.eniMeaning)
    }

    @Test(arguments: shapes)
    func bothDrivesReadBack(shape: String) throws {
        let configuration = try Self.configuration(shape)
        for bytes in [try configuration.networkData(), try configuration.networkConfig()] {
            #expect(try NetworkConfiguration(try #require(bytes), for: Self.guest) == configuration)
        }
    }
}
