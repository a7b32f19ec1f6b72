import Testing

@testable import Provisioning

struct AddressPolicyTests {
    @Test(arguments: ["", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.0.0.0/8/8", "localhost"])
    func badNetwork(text: String) {
        #expect(throws: DownloadError.self) { try AddressPolicy(allowedCIDRs: [text]) }
    }

    @Test(arguments: [
        "127.0.0.1", "127.255.255.254", "::1", "169.254.0.1", "169.254.169.254", "fe80::1", "febf::1", "0.0.0.0", "::",
        "224.0.0.1", "ff02::1", "255.255.255.255", "fd00:ec2::254", "100.100.100.200", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1",
    ])
    func refused(text: String) throws {
        let policy = try AddressPolicy(allowedCIDRs: [])
        #expect(throws: DownloadError.self) { try policy.check(host: text) }
        let all = try AddressPolicy(allowedCIDRs: ["0.0.0.0/0", "::/0"])
        try all.check(host: text)
    }

    @Test(arguments: ["10.0.0.1", "192.168.1.1", "172.16.0.1", "8.8.8.8", "fd00::1", "2001:db8::1", "64:ff9b::808:808"])
    func fine(text: String) throws { try AddressPolicy(allowedCIDRs: []).check(host: text) }

    @Test func allowsOnlyWhatIsNamed() throws {
        let policy = try AddressPolicy(allowedCIDRs: ["127.0.0.2/31", "::1"])
        try policy.check(host: "127.0.0.3")
        try policy.check(host: "::ffff:127.0.0.3")
        try policy.check(host: "::1")
        #expect(throws: DownloadError.self) { try policy.check(host: "127.0.0.4") }
        #expect(throws: DownloadError.self) { try policy.check(host: "fe80::1%eth0") }
    }
}
