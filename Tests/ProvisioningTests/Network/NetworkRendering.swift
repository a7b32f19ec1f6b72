import Foundation
import TestSupport

@testable import Provisioning

/// What cloud-init and nova's schema say to configurations, from Tests/Support/render-network.
enum NetworkRendering {
    struct Case: Encodable {
        let networkData: String?
        let networkConfig: String?
        /// What the guest's NICs are called, by MAC.
        let macs: [String: String]

        enum CodingKeys: String, CodingKey {
            case networkData = "network_data"
            case networkConfig = "network_config"
            case macs
        }

        init(_ configuration: NetworkConfiguration, macs: [String: String]) throws {
            networkData = try configuration.networkData().map(Fixtures.text)
            networkConfig = try configuration.networkConfig().map(Fixtures.text)
            self.macs = macs
        }
    }

    struct Result: Decodable {
        let error: String?
        let schema: [String]?
        let networkData: Rendered?
        let networkConfig: Rendered?

        enum CodingKeys: String, CodingKey {
            case error, schema
            case networkData = "network_data"
            case networkConfig = "network_config"
        }
    }

    struct Rendered: Decodable {
        let netplan: String
        let eni: String
        let networkd: [String: String]
        let sysconfig: [String: String]
        let warnings: [String]
        let meaning: [String: Link]
        /// What an ENI says of each interface.
        let eniMeaning: [String: [String]]

        enum CodingKeys: String, CodingKey {
            case netplan, eni, networkd, sysconfig, warnings, meaning
            case eniMeaning = "eni_meaning"
        }
    }

    /// What a guest makes of a link, apart from how it is spelled.
    struct Link: Decodable, Equatable {
        let dhcp4: Bool
        /// By DHCP or router advertisements.
        let auto6: Bool
        let addresses: [String]
        /// Destination, gateway and metric.
        let routes: [Route]
        let nameservers: [String]
        let search: [String]
        let mtu: Int?
    }

    struct Route: Decodable, Hashable {
        let to: String
        let via: String
        let metric: Int?

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            to = try values.decode(String.self)
            via = try values.decode(String.self)
            metric = try values.decodeIfPresent(Int.self)
        }
    }

    static func run(_ cases: [Case]) throws -> [Result] {
        let script = Fixtures.directory.deletingLastPathComponent().appending(path: "Support/render-network").path
        let result = try Command.run([script], input: Array(try JSONEncoder().encode(cases)))
        if result.status != 0 { throw Command.Failed("render-network: \(result.errors)") }
        return try JSONDecoder().decode([Result].self, from: Data(result.output.utf8))
    }
}

/// A guest with as many interfaces as asked for: 52:54:00:12:34:01 and on.
func guest(_ count: Int, mtu: Int? = nil) -> GuestFacts {
    GuestFacts(
        uuid: "11111111-2222-4333-8444-555555555555",
        interfaces: (0..<count).map { GuestFacts.Interface(mac: "52:54:00:12:34:0\($0 + 1)", mtu: mtu) }
    )
}
