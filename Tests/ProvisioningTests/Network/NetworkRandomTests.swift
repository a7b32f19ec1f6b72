import TestSupport
import Testing

@testable import Provisioning

/// Networks of any make, not only those that somebody thought of.
@Suite struct NetworkRandomTests {
    private static let seeds = UInt64(1)...300

    @Test func bothDrivesReadBack() throws {
        for seed in Self.seeds {
            var maker = NetworkMaker(seed: seed)
            let configuration = try maker.configuration()
            for bytes in [try configuration.networkData(), try configuration.networkConfig()] {
                guard let bytes else {
                    #expect(configuration.isEmpty)
                    continue
                }
                let comment: Comment = "seed \(seed):\n\(Fixtures.text(bytes))"
                #expect(try NetworkConfiguration(bytes, for: maker.guest) == configuration, comment)
            }
        }
    }

    @Test func bothDrivesMeanTheSameToCloudInit() throws {
        var cases: [NetworkRendering.Case] = []
        for seed in Self.seeds.prefix(40) {
            var maker = NetworkMaker(seed: seed)
            cases.append(try NetworkRendering.Case(try maker.configuration(), macs: maker.names))
        }
        for (seed, result) in zip(Self.seeds, try NetworkRendering.run(cases)) {
            #expect(result.error == nil, "seed \(seed)")
            #expect(result.schema ?? [] == [], "seed \(seed)")
            #expect(result.networkData?.meaning == result.networkConfig?.meaning, "seed \(seed)")
            #expect(result.networkData?.eniMeaning == result.networkConfig?.eniMeaning, "seed \(seed)")
        }
    }

    /// Whatever is cut out of a file or changed in it: it is read or refused, never more.
    @Test func brokenFilesAreRefused() throws {
        for seed in Self.seeds {
            var maker = NetworkMaker(seed: seed)
            let configuration = try maker.configuration()
            for bytes in [try configuration.networkData(), try configuration.networkConfig()] {
                guard var bytes else { continue }
                for _ in 0..<Int.random(in: 1...4, using: &maker.random) {
                    let place = Int.random(in: bytes.indices, using: &maker.random)
                    if Bool.random(using: &maker.random) {
                        bytes[place] = UInt8.random(in: 0...255, using: &maker.random)
                    } else {
                        bytes.removeSubrange(
                            place..<min(bytes.count, place + Int.random(in: 1...9, using: &maker.random))
                        )
                    }
                    if bytes.isEmpty { break }
                }
                do throws(ConfigDriveError) {
                    let read = try NetworkConfiguration(bytes, for: maker.guest)
                    guard let written = try read.networkConfig() else { continue }
                    #expect(try NetworkConfiguration(written, for: maker.guest) == read, "seed \(seed)")
                } catch {
                    #expect(error.code == .badInput && !error.message.contains("\n"), "seed \(seed)")
                }
            }
        }
    }
}

/// Makes networks that both layouts can tell, the same for a seed every time.
struct NetworkMaker {
    /// SplitMix64, as published by Steele, Lea and Flood.
    struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    var random: Random
    let guest: GuestFacts
    /// What the guest calls its NICs, by MAC.
    let names: [String: String]
    private var subnets = 0
    private var hasDefault: Set<IPAddress.Family> = []

    init(seed: UInt64) {
        random = Random(state: seed)
        let macs = (0..<Int.random(in: 0...5, using: &random)).map { "52:54:\(10 + $0):12:34:56" }
        guest = GuestFacts(uuid: "", interfaces: macs.map { GuestFacts.Interface(mac: $0) })
        names = Dictionary(uniqueKeysWithValues: macs.enumerated().map { ($1, "ens\($0)") })
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 1...100, using: &random) <= percent }

    mutating func configuration() throws -> NetworkConfiguration {
        var draft = NetworkDraft()
        let macs = (guest.interfaces ?? []).map(\.mac)
        let bonded = macs.count > 2 && chance(40) ? [0, 1] : []
        var carriers: [String] = []
        for (number, mac) in macs.enumerated() {
            let isBonded = bonded.contains(number)
            var link = Ethernet(id: "ens\(number)", mac: mac)
            link.settings = isBonded ? LinkSettings(mtu: chance(50) ? 9000 : nil) : try settings()
            if !isBonded && chance(20) { link.setName = "ens\(number)" }
            if !isBonded { carriers.append(link.id) }
            draft.add(link, Place())
        }
        if !bonded.isEmpty {
            var bond = Bond(
                id: "bond0",
                interfaces: ["ens0", "ens1"],
                parameters: Bond.Parameters(mode: "active-backup")
            )
            if chance(50) { bond.parameters = Bond.Parameters(mode: "802.3ad", words: ["lacp-rate": "fast"]) }
            if chance(50) { bond.parameters.numbers = ["mii-monitor-interval": 100, "up-delay": 200] }
            bond.settings = try settings()
            carriers.append(bond.id)
            draft.add(bond, Place())
        }
        for carrier in carriers where chance(30) {
            let number = Int.random(in: 1...4094, using: &random)
            draft.add(
                VLAN(id: "\(carrier).\(number)", number: number, link: carrier, settings: try settings()),
                Place()
            )
        }
        return try draft.checked(for: guest)
    }

    private mutating func settings() throws -> LinkSettings {
        var settings = LinkSettings(
            dhcp4: chance(30),
            dhcp6: chance(20),
            mtu: chance(30) ? .random(in: 1280...9000) : nil
        )
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            subnets += 1
            let isV4 = chance(60)
            let length = isV4 ? Int.random(in: 24...30, using: &random) : Int.random(in: 48...127, using: &random)
            let base = isV4 ? "10.\(subnets).0." : "2001:db8:\(subnets)::"
            let address = try #require(IPAddress(base + "1"))
            settings.addresses.append(IPPrefix(address, length: length))
            // One route and one gateway for a subnet at most, so that none is there twice.
            let via = isV4 ? try #require(IPAddress(base + "2")) : try #require(IPAddress("fe80::\(subnets)"))
            let metric = chance(50) ? Int.random(in: 0...4000, using: &random) : nil
            if chance(40) {
                let text = isV4 ? "172.16.\(subnets).0" : "2001:db8:f\(subnets)::"
                let to = IPPrefix(try #require(IPAddress(text)), length: isV4 ? 24 : 64)
                settings.routes.append(LinkSettings.Route(to: to, via: via, metric: metric))
            }
            if chance(40) && hasDefault.insert(address.family).inserted {
                settings.routes.append(LinkSettings.Route(to: .everything(address.family), via: via))
            }
        }
        if !settings.addresses.isEmpty && chance(50) {
            settings.nameservers = try ["192.0.2.53", "2001:db8::53", "198.51.100.53"].shuffled(using: &random)
                .prefix(Int.random(in: 1...3, using: &random)).map { try #require(IPAddress($0)) }
            if chance(50) { settings.search = ["example.com", "lab.example.com"].shuffled(using: &random) }
        }
        if !settings.dhcp6 && !settings.has(.v6) && chance(20) { settings.acceptRA = true }
        return settings
    }
}
