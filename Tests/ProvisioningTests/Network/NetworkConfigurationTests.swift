import TestSupport
import Testing

@testable import Provisioning

@Suite struct NetworkConfigurationTests {
    private let unknown = GuestFacts(uuid: "")

    private func read(_ text: String, _ guest: GuestFacts = ProvisioningTests.guest(2)) throws -> NetworkConfiguration {
        try NetworkConfiguration(Array(text.utf8), for: guest)
    }

    private func settings(_ yaml: String) throws -> LinkSettings {
        try #require(try read("version: 2\nethernets:\n  eth0: {\(yaml)}\n").ethernets.first).settings
    }

    // MARK: auto

    @Test func autoIsDHCPForIPv4OnEveryInterface() throws {
        let auto = try NetworkConfiguration.auto(
            GuestFacts(
                uuid: "",
                interfaces: [.init(mac: "52:54:00:AB:CD:EF"), .init(mac: "52:54:00:12:34:02", mtu: 9000)]
            )
        )
        #expect(
            try auto.networkConfig().map(Fixtures.text) == """
                version: 2
                ethernets:
                  eth0:
                    match:
                      macaddress: "52:54:00:ab:cd:ef"
                    dhcp4: true
                  eth1:
                    match:
                      macaddress: "52:54:00:12:34:02"
                    dhcp4: true
                    mtu: 9000

                """
        )
    }

    @Test func autoHasNothingToSayWithoutInterfaces() throws {
        let auto = try NetworkConfiguration.auto(ProvisioningTests.guest(0))
        #expect(auto.isEmpty)
        #expect(try auto.networkData() == nil)
        #expect(try auto.networkConfig() == nil)
    }

    @Test func autoNeedsADomain() {
        let message =
            "the network 'auto' is made from the interfaces of a domain, so a domain is needed (--domain-xml)"
        #expect(throws: ConfigDriveError(.badInput, message)) { try NetworkConfiguration.auto(unknown) }
    }

    @Test func autoTakesNoInterfaceTwice() {
        let twice = GuestFacts(
            uuid: "",
            interfaces: [.init(mac: "52:54:00:12:34:01"), .init(mac: "52:54:00:12:34:01")]
        )
        let message = "'eth0' and 'eth1' are both the interface 52:54:00:12:34:01; keep one"
        #expect(throws: ConfigDriveError(.badInput, message)) { try NetworkConfiguration.auto(twice) }
    }

    // MARK: Files

    @Test(arguments: ["version: 2\n", "network: {version: 2, renderer: networkd}\n", #"{"links": [], "networks": []}"#])
    func aFileMayHaveNothingToSay(text: String) throws {
        #expect(try read(text).networkData() == nil)
        #expect(try read(text).networkConfig() == nil)
    }

    @Test func aFileOfTheLargestSizeIsRead() throws {
        let text = "version: 2\nethernets: {eth0: {dhcp4: true}}\n#"
        let padding = String(repeating: "-", count: NetworkConfiguration.maximumSize - text.utf8.count)
        #expect(try read(text + padding).ethernets.count == 1)
    }

    @Test func aLargerFileIsRefused() {
        let message = "the network file has more than 1048576 bytes, so it is something else"
        #expect(throws: ConfigDriveError(.badInput, message)) {
            try NetworkConfiguration(
                [UInt8](repeating: 0x20, count: NetworkConfiguration.maximumSize + 1),
                for: unknown
            )
        }
    }

    @Test(arguments: [[0x7F, 0x45, 0x4C, 0x46, 0], [0x80], [0xFF, 0xFE, 0x76, 0x00]] as [[UInt8]])
    func aBinaryFileIsRefused(bytes: [UInt8]) {
        #expect(throws: ConfigDriveError(.badInput, "the network file is not UTF-8 text")) {
            try NetworkConfiguration(bytes, for: unknown)
        }
    }

    @Test func aByteOrderMarkIsSkipped() throws {
        #expect(try read("\u{FEFF}version: 2\nethernets: {eth0: {dhcp4: true}}\n").ethernets.count == 1)
    }

    @Test func linesOfWindowsAreLines() throws {
        #expect(try read("version: 2\r\nethernets:\r\n  eth0: {dhcp4: true}\r\n").ethernets.count == 1)
    }

    @Test func aDeepFileIsRefused() {
        let message = "line 1: this is neither YAML nor JSON: Maximum nesting level reached, "
        let error = #expect(throws: ConfigDriveError.self) { try read(String(repeating: "[", count: 100_000)) }
        #expect(error?.message.hasPrefix(message) == true)
    }

    /// Ten levels of ten each would be ten thousand million; as a key, the parser itself would count them.
    @Test(arguments: [": x", ""])
    func aliasesDoNotMultiply(suffix: String) {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...10 {
            let aliases = [String](repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let message = "the network file uses aliases ('*name') more than 16 times; write out what they stand for"
        #expect(throws: ConfigDriveError(.badInput, message)) { try read(text + "? *a10\n\(suffix)\n") }
    }

    @Test func aFewAliasesAreFine() throws {
        let configuration = try read(
            """
            version: 2
            ethernets:
              eth0: {dhcp4: true, nameservers: &dns {addresses: [192.0.2.53]}}
              eth1: {dhcp4: true, nameservers: *dns}
            """
        )
        #expect(configuration.ethernets.map(\.settings.nameservers.count) == [1, 1])
    }

    // MARK: YAML 1.1

    @Test(arguments: ["true", "yes", "on", "True", "\"true\""])
    func truthHasManyNames(text: String) throws {
        #expect(try settings("dhcp4: \(text)").dhcp4)
    }

    @Test(arguments: ["false", "no", "off", "False", "null", "~"])
    func soHasTheOpposite(text: String) throws {
        #expect(try !settings("dhcp4: \(text)").dhcp4)
    }

    @Test(arguments: ["52:54:00:12:34:01", "\"52:54:00:12:34:01\"", "52-54-00-12-34-01"])
    func aMACIsNoNumber(text: String) throws {
        #expect(
            try read("version: 2\nethernets: {a: {match: {macaddress: \(text)}}}").ethernets[0].mac
                == "52:54:00:12:34:01"
        )
    }

    @Test func upperCaseMACsMatch() throws {
        let guest = GuestFacts(uuid: "", interfaces: [.init(mac: "52:54:00:ab:cd:ef")])
        let text = "version: 2\nethernets: {a: {match: {macaddress: 52:54:00:AB:CD:EF}}}"
        #expect(try read(text, guest).ethernets[0].mac == "52:54:00:ab:cd:ef")
    }

    /// What goes on the drive is read by PyYAML, which would take these for numbers or truth values.
    @Test(arguments: ["on", "y", "1e3", "0x10", "1:2", "null", "~", "-", "a b".replacing(" ", with: ":")])
    func idsStayText(id: String) throws {
        let text = "version: 2\nethernets: {\"\(id)\": {match: {macaddress: \"52:54:00:12:34:01\"}, dhcp4: true}}"
        let written = try #require(try read(text).networkConfig())
        #expect(Fixtures.text(written).contains("\n  \"\(id)\":\n"))
        #expect(try NetworkConfiguration(written, for: unknown).ethernets[0].id == id)
    }

    // MARK: Interfaces

    @Test func ethNIsTheNthInterface() throws {
        let text = "version: 2\nethernets: {eth1: {dhcp4: true}}"
        #expect(try read(text).ethernets[0].mac == "52:54:00:12:34:02")
    }

    @Test func anOnlyInterfaceIsMeantByAnyName() throws {
        let text = "version: 2\nethernets: {enp1s0: {dhcp4: true}}"
        #expect(try read(text, ProvisioningTests.guest(1)).ethernets[0].mac == "52:54:00:12:34:01")
    }

    @Test func withoutADomainAnyMACWillDo() throws {
        let text = "version: 2\nethernets: {a: {match: {macaddress: 02:00:00:00:00:01}}}"
        #expect(try read(text, unknown).ethernets[0].mac == "02:00:00:00:00:01")
    }

    // MARK: Addresses and routes

    @Test(arguments: [
        ("2001:DB8:0:0:0:0:0:10/64", "2001:db8::10/64"), ("192.0.2.10/31", "192.0.2.10/31"),
        ("10.0.0.1/32", "10.0.0.1/32"), ("2001:db8:0:1:0:0:0:1/128", "2001:db8:0:1::1/128"),
    ])
    func addressesAreSpelledCanonically(given: String, text: String) throws {
        #expect(try settings("addresses: [\"\(given)\"]").addresses.map(\.text) == [text])
    }

    @Test(arguments: [
        "gateway4: 192.0.2.1", "routes: [{to: default, via: 192.0.2.1}]", "routes: [{to: 0.0.0.0/0, via: 192.0.2.1}]",
    ])
    func thereIsOneDefaultRoute(yaml: String) throws {
        let route = try #require(try settings("addresses: [192.0.2.10/24], \(yaml)").routes.first)
        #expect(route.isDefault && route.via.text == "192.0.2.1" && route.metric == nil)
    }

    @Test func twoDefaultRoutesOfDifferentMetricsAreFine() throws {
        let routes = "routes: [{to: default, via: 192.0.2.1}, {to: default, via: 192.0.2.2, metric: 100}]"
        #expect(try settings("addresses: [192.0.2.10/24], \(routes)").routes.count == 2)
    }

    @Test func aGatewayMayBeOutsideWhenItIsOnTheLink() throws {
        let text = "addresses: [192.0.2.10/32], routes: [{to: default, via: 198.51.100.1, on-link: true}]"
        let configuration = try read("version: 2\nethernets: {eth0: {\(text)}}")
        let written = try #require(try configuration.networkConfig())
        #expect(Fixtures.text(written).contains("via: \"198.51.100.1\"\n      on-link: true\n"))
        #expect(try NetworkConfiguration(written, for: unknown) == configuration)
    }

    @Test func dhcpMayBringTheNetworkOfAGateway() throws {
        #expect(try settings("dhcp4: true, routes: [{to: 10.0.0.0/8, via: 192.0.2.1}]").routes.count == 1)
    }

    @Test(
        arguments: [
            ("addresses: [\"2001:db8::10/64\"]", false), ("addresses: [\"2001:db8::10/64\"], accept-ra: true", true),
            ("addresses: [\"2001:db8::10/64\"], dhcp6: true", nil), ("dhcp6: true, accept-ra: true", nil),
            ("addresses: [192.0.2.10/24]", nil), ("dhcp4: true, accept-ra: true", true),
        ] as [(String, Bool?)]
    )
    func aStaticIPv6AddressEndsRouterAdvertisements(yaml: String, acceptRA: Bool?) throws {
        #expect(try settings(yaml).acceptRA == acceptRA)
    }

    // MARK: Masks

    @Test func masksAreWhatTheyShouldBe() {
        for (family, masks) in [
            (
                IPAddress.Family.v4,
                [0: "0.0.0.0", 1: "128.0.0.0", 24: "255.255.255.0", 31: "255.255.255.254", 32: "255.255.255.255"]
            ),
            (.v6, [0: "::", 1: "8000::", 64: "ffff:ffff:ffff:ffff::", 127: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"]),
        ] {
            for (length, text) in masks { #expect(IPAddress.mask(family, prefix: length).text == text) }
            for length in 0...family.width {
                #expect(IPAddress(IPAddress.mask(family, prefix: length).text)?.prefixOfMask == length)
            }
        }
    }

    // MARK: What only NoCloud can tell

    @Test(arguments: [
        (
            "dhcp4: true, nameservers: {addresses: [192.0.2.53]}",
            "name servers or search domains without a static address"
        ),
        (
            "dhcp4: true, nameservers: {search: [example.com]}",
            "name servers or search domains without a static address"
        ),
        ("dhcp4: true, routes: [{to: 10.0.0.0/8, via: 192.0.2.1}]", "an IPv4 route without a static IPv4 address"),
        (
            "addresses: [192.0.2.10/24], dhcp6: true, routes: [{to: \"2001:db8::/32\", via: \"fe80::1\"}]",
            "an IPv6 route without a static IPv6 address"
        ),
        ("addresses: [192.0.2.10/32], routes: [{to: default, via: 10.0.0.1, on-link: true}]", "a route with 'on-link'"),
        ("addresses: [\"2001:db8::10/64\"], accept-ra: true", "'accept-ra: true' beside a static IPv6 address"),
        ("dhcp6: true, accept-ra: false", "'accept-ra: false' beside DHCPv6"),
        ("dhcp4: true, accept-ra: false", "'accept-ra: false' without a static IPv6 address"),
    ])
    func networkDataRefusesWhatItCannotTell(yaml: String, what: String) throws {
        let configuration = try read("version: 2\nethernets: {eth0: {\(yaml)}}")
        let message =
            "'eth0' has \(what), which OpenStack's network_data.json cannot tell; leave that out or make a NoCloud drive"
        #expect(throws: ConfigDriveError(.badInput, message)) { try configuration.networkData() }
        let written = try #require(try configuration.networkConfig())
        #expect(try NetworkConfiguration(written, for: unknown) == configuration)
    }
}
