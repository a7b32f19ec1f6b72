import TestSupport
import Testing

@testable import Provisioning

/// Every way in which a network file can be wrong, with what is said about it.
@Suite struct NetworkComplaintTests {
    struct Case: CustomTestStringConvertible {
        let name: String
        let text: String
        let message: String
        /// Of the domain; `nil` where none is known.
        let interfaces: Int?

        init(_ name: String, _ text: String, _ message: String, interfaces: Int? = 2) {
            self.name = name
            self.text = text
            self.message = message
            self.interfaces = interfaces
        }

        var testDescription: String { name }
    }

    @Test(arguments: cases)
    func isSaid(_ wrong: Case) {
        let guest = wrong.interfaces.map { ProvisioningTests.guest($0) } ?? GuestFacts(uuid: "")
        #expect(throws: ConfigDriveError(.badInput, wrong.message)) {
            try NetworkConfiguration(Array(wrong.text.utf8), for: guest)
        }
    }

    static let cases = [
        Case(
            "empty",
            "",
            "the network file is empty"
        ),
        Case(
            "blank",
            " \n\n",
            "the network file is empty"
        ),
        Case(
            "nothing",
            "# nothing\n",
            "the network file says nothing"
        ),
        Case(
            "nullDocument",
            "~\n",
            "the network file says nothing"
        ),
        Case(
            "nul",
            "version: 2\u{0}\n",
            "the network file is not UTF-8 text"
        ),
        Case(
            "notAMapping",
            "- 1\n",
            "line 1: the network file has to be a mapping"
        ),
        Case(
            "scalar",
            "auto\n",
            "line 1: the network file has to be a mapping"
        ),
        Case(
            "notYAML",
            "version: 2\nethernets: [\n",
            "line 3: this is neither YAML nor JSON: did not find expected node content"
        ),
        Case(
            "tab",
            "version: 2\nethernets:\n\teth0: {}\n",
            "line 3: this is neither YAML nor JSON: found character that cannot start any token"
        ),
        Case(
            "controlCharacter",
            "version: 2\n# \u{7}\n",
            "line 2: this is neither YAML nor JSON: control characters are not allowed"
        ),
        Case(
            "twoDocuments",
            "version: 2\n---\nversion: 2\n",
            "line 2: the network file has several documents ('---'); keep one"
        ),
        Case(
            "duplicateKey",
            "version: 2\nethernets:\n  eth0: {dhcp4: true}\n  eth0: {dhcp4: false}\n",
            "line 3: 'eth0' is there twice; keep one"
        ),
        Case(
            "duplicateKeyQuoted",
            "version: 2\nethernets:\n  1: {dhcp4: true}\n  \"1\": {dhcp4: false}\n",
            "line 4: '1' is there twice; keep one"
        ),
        Case(
            "mergeKey",
            "version: 2\nethernets:\n  eth0: &a {dhcp4: true}\n  eth1:\n    <<: *a\n",
            "line 5: merge keys ('<<') are not supported; write out what they stand for"
        ),
        Case(
            "complexKey",
            "version: 2\nethernets:\n  ? [eth0]\n  : {dhcp4: true}\n",
            "line 3: a key in 'ethernets' is not a plain word"
        ),
        Case(
            "unknownAlias",
            "version: 2\nethernets:\n  eth0: *a\n",
            "line 3: this is neither YAML nor JSON: found undefined alias"
        ),
        Case(
            "aliases",
            "a: [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n",
            "the network file uses aliases ('*name') more than 16 times; write out what they stand for"
        ),
        Case(
            "unknownFormat",
            "interfaces: {}\n",
            "the network file is not one that is known; give cloud-init's network-config version 2 (netplan), cloud-init's network-config version 1 or OpenStack's network_data.json"
        ),
        Case(
            "unknownVersion",
            "version: 3\n",
            "line 1: 'version' is '3', but has to be 1 or 2"
        ),
        Case(
            "emptyObject",
            "{}\n",
            "the network file is not one that is known; give cloud-init's network-config version 2 (netplan), cloud-init's network-config version 1 or OpenStack's network_data.json"
        ),
        Case(
            "besideNetwork",
            "network:\n  version: 2\nethernets: {}\n",
            "line 3: 'ethernets' stands beside 'network'; put it into that"
        ),
        Case(
            "unknownSection",
            "version: 2\nethernet:\n  eth0: {}\n",
            "line 2: 'ethernet' is not known here; known are bonds, ethernets, version, vlans"
        ),
        Case(
            "bridges",
            "version: 2\nbridges:\n  br0: {}\n",
            "line 2: 'bridges' cannot be told by a config drive"
        ),
        Case(
            "wifis",
            "network:\n  wifis: {}\n",
            "line 2: 'network.wifis' cannot be told by a config drive"
        ),
        Case(
            "unknownKey",
            "version: 2\nethernets:\n  eth0:\n    dhcp: true\n",
            "line 4: 'ethernets.eth0.dhcp' is not known here; known are accept-ra, addresses, dhcp4, dhcp6, gateway4, gateway6, match, mtu, nameservers, routes, set-name"
        ),
        Case(
            "macaddress",
            "version: 2\nethernets:\n  eth0:\n    macaddress: 52:54:00:12:34:01\n",
            "line 4: 'ethernets.eth0.macaddress' would change the MAC, which a config drive cannot tell; to say which interface is meant, write 'match: {macaddress: …}'"
        ),
        Case(
            "matchName",
            "version: 2\nethernets:\n  eth0:\n    match: {name: ens3}\n",
            "line 4: 'ethernets.eth0.match.name' is not known before the guest runs; say 'macaddress'"
        ),
        Case(
            "matchDriver",
            "version: 2\nethernets:\n  eth0:\n    match: {driver: virtio_net}\n",
            "line 4: 'ethernets.eth0.match.driver' is not known here; known is macaddress"
        ),
        Case(
            "overrides",
            "version: 2\nethernets:\n  eth0:\n    dhcp4: true\n    dhcp4-overrides: {use-dns: false}\n",
            "line 5: 'ethernets.eth0.dhcp4-overrides' is not known here; known are accept-ra, addresses, dhcp4, dhcp6, gateway4, gateway6, match, mtu, nameservers, routes, set-name"
        ),
        Case(
            "linkNotAMapping",
            "version: 2\nethernets:\n  eth0: dhcp\n",
            "line 3: 'ethernets.eth0' has to be a mapping"
        ),
        Case(
            "linksAreAList",
            "version: 2\nethernets: [eth0]\n",
            "line 2: 'ethernets' has to be a mapping"
        ),
        Case(
            "boolean",
            "version: 2\nethernets:\n  eth0:\n    dhcp4: maybe\n",
            "line 4: 'ethernets.eth0.dhcp4' is 'maybe', but has to be true or false"
        ),
        Case(
            "listInsteadOfValue",
            "version: 2\nethernets:\n  eth0:\n    dhcp4: [true]\n",
            "line 4: 'ethernets.eth0.dhcp4' has to be a single value"
        ),
        Case(
            "valueInsteadOfList",
            "version: 2\nethernets:\n  eth0:\n    addresses: 192.0.2.10/24\n",
            "line 4: 'ethernets.eth0.addresses' has to be a list"
        ),
        Case(
            "noAddress",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.300/24]\n",
            "line 4: 'ethernets.eth0.addresses[0]' is '192.0.2.300/24', but has to be an IP address with its prefix"
        ),
        Case(
            "noPrefix",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10]\n",
            "line 4: 'ethernets.eth0.addresses[0]' is '192.0.2.10', which lacks its prefix; 192.0.2.10/24 for example"
        ),
        Case(
            "noPrefixV6",
            "version: 2\nethernets:\n  eth0:\n    addresses: [\"2001:db8::10\"]\n",
            "line 4: 'ethernets.eth0.addresses[0]' is '2001:db8::10', which lacks its prefix; 2001:db8::10/64 for example"
        ),
        Case(
            "prefix33",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/33]\n",
            "line 4: the prefix of 'ethernets.eth0.addresses[0]' is '33', but has to be a number from 0 to 32"
        ),
        Case(
            "prefix129",
            "version: 2\nethernets:\n  eth0:\n    addresses: [\"2001:db8::10/129\"]\n",
            "line 4: the prefix of 'ethernets.eth0.addresses[0]' is '129', but has to be a number from 0 to 128"
        ),
        Case(
            "prefixWord",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/255.255.255.0]\n",
            "line 4: the prefix of 'ethernets.eth0.addresses[0]' is '255.255.255.0', but has to be a number from 0 to 32"
        ),
        Case(
            "prefixZero",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/0]\n",
            "line 3: 'eth0' has the address 192.0.2.10/0, whose prefix cannot be 0"
        ),
        Case(
            "networkAddress",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.0/24]\n",
            "line 3: 'eth0' has the address 192.0.2.0/24, which is the network address of 192.0.2.0/24"
        ),
        Case(
            "broadcastAddress",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.255/24]\n",
            "line 3: 'eth0' has the address 192.0.2.255/24, which is the broadcast address of 192.0.2.0/24"
        ),
        Case(
            "multicast",
            "version: 2\nethernets:\n  eth0:\n    addresses: [224.0.0.1/4]\n",
            "line 4: 'ethernets.eth0.addresses[0]' is '224.0.0.1', which is no address that a host on a network can have"
        ),
        Case(
            "loopback",
            "version: 2\nethernets:\n  eth0:\n    addresses: [\"::1/128\"]\n",
            "line 4: 'ethernets.eth0.addresses[0]' is '::1', which is no address that a host on a network can have"
        ),
        Case(
            "unspecified",
            "version: 2\nethernets:\n  eth0:\n    addresses: [0.0.0.0/8]\n",
            "line 4: 'ethernets.eth0.addresses[0]' is '0.0.0.0', which is no address that a host on a network can have"
        ),
        Case(
            "mapped",
            "version: 2\nethernets:\n  eth0:\n    addresses: [\"::ffff:192.0.2.10/120\"]\n",
            "line 4: 'ethernets.eth0.addresses[0]' is '::ffff:192.0.2.10/120', but has to be an IP address with its prefix"
        ),
        Case(
            "shortForm",
            "version: 2\nethernets:\n  eth0:\n    addresses: [10.1/8]\n",
            "line 4: 'ethernets.eth0.addresses[0]' is '10.1/8', but has to be an IP address with its prefix"
        ),
        Case(
            "leadingZero",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.010/24]\n",
            "line 4: 'ethernets.eth0.addresses[0]' is '192.0.2.010/24', but has to be an IP address with its prefix"
        ),
        Case(
            "zone",
            "version: 2\nethernets:\n  eth0:\n    addresses: [\"fe80::1%eth0/64\"]\n",
            "line 4: 'ethernets.eth0.addresses[0]' is 'fe80::1%eth0/64', but has to be an IP address with its prefix"
        ),
        Case(
            "longValue",
            "version: 2\nethernets:\n  eth0:\n    addresses: [11111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111]\n",
            "line 4: 'ethernets.eth0.addresses[0]' is '111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111…', but has to be an IP address with its prefix"
        ),
        Case(
            "escape",
            "version: 2\nethernets:\n  eth0:\n    addresses: [\"\\e[31m\"]\n",
            "line 4: 'ethernets.eth0.addresses[0]' is '?[31m', but has to be an IP address with its prefix"
        ),
        Case(
            "addressTwice",
            "version: 2\nethernets:\n  eth0: {addresses: [192.0.2.10/24]}\n  eth1: {addresses: [192.0.2.10/25]}\n",
            "line 4: 192.0.2.10 is given twice, to 'eth0' and 'eth1'; keep one"
        ),
        Case(
            "gatewayFamily4",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/24]\n    gateway4: \"2001:db8::1\"\n",
            "line 5: 'ethernets.eth0.gateway4' is '2001:db8::1', but has to be an IPv4 address"
        ),
        Case(
            "gatewayFamily6",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/24]\n    gateway6: 192.0.2.1\n",
            "line 5: 'ethernets.eth0.gateway6' is '192.0.2.1', but has to be an IPv6 address"
        ),
        Case(
            "gatewayWord",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/24]\n    gateway4: router\n",
            "line 5: 'ethernets.eth0.gateway4' is 'router', but has to be an IPv4 address"
        ),
        Case(
            "gatewayOutside",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/24]\n    gateway4: 198.51.100.1\n",
            "line 3: 'eth0' has the gateway 198.51.100.1, which is not in 192.0.2.0/24; should it be on the link all the same, say 'on-link: true'"
        ),
        Case(
            "gatewayOwn",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/24]\n    gateway4: 192.0.2.10\n",
            "line 3: 'eth0' has the gateway 192.0.2.10, which is its own address"
        ),
        Case(
            "gatewayWithoutFamily",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/24]\n    gateway6: \"2001:db8::1\"\n",
            "line 3: 'eth0' has the gateway 2001:db8::1 but no IPv6 address"
        ),
        Case(
            "gatewayAlone",
            "version: 2\nethernets:\n  eth0:\n    gateway4: 192.0.2.1\n",
            "line 3: 'eth0' has the gateway 192.0.2.1 but no IPv4 address"
        ),
        Case(
            "gatewayTwice",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/24]\n    gateway4: 192.0.2.1\n    routes: [{to: default, via: 192.0.2.2}]\n",
            "line 3: 'eth0' has a default route for IPv4 of the same metric; keep one, or give them different metrics"
        ),
        Case(
            "defaultOnTwo",
            "version: 2\nethernets:\n  eth0: {addresses: [192.0.2.10/24], gateway4: 192.0.2.1}\n  eth1: {addresses: [10.0.0.10/8], gateway4: 10.0.0.1}\n",
            "line 4: 'eth0' and 'eth1' both have a default route for IPv4 of the same metric; keep one, or give them different metrics"
        ),
        Case(
            "routeWithoutVia",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/24]\n    routes: [{to: 10.0.0.0/8}]\n",
            "line 5: 'ethernets.eth0.routes[0]' lacks 'via'"
        ),
        Case(
            "routeWithoutTo",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/24]\n    routes: [{via: 192.0.2.1}]\n",
            "line 5: 'ethernets.eth0.routes[0]' lacks 'to'"
        ),
        Case(
            "routeHostBits",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/24]\n    routes: [{to: 10.1.0.0/8, via: 192.0.2.1}]\n",
            "line 5: 'ethernets.eth0.routes[0].to' is '10.1.0.0/8', which is no network; 10.0.0.0/8 would be one"
        ),
        Case(
            "routeFamilies",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/24]\n    routes: [{to: 10.0.0.0/8, via: \"2001:db8::1\"}]\n",
            "line 3: 'eth0' has a route to 10.0.0.0/8 through 2001:db8::1, which is not IPv4"
        ),
        Case(
            "routeMetric",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/24]\n    routes: [{to: 10.0.0.0/8, via: 192.0.2.1, metric: -1}]\n",
            "line 5: 'ethernets.eth0.routes[0].metric' is '-1', but has to be a number from 0 to 4294967295"
        ),
        Case(
            "routeUnknownKey",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/24]\n    routes: [{to: 10.0.0.0/8, via: 192.0.2.1, table: 5}]\n",
            "line 5: 'ethernets.eth0.routes[0].table' is not known here; known are metric, on-link, to, via"
        ),
        Case(
            "routeTwice",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/24]\n    routes: [{to: 10.0.0.0/8, via: 192.0.2.1}, {to: 10.0.0.0/8, via: 192.0.2.2}]\n",
            "line 3: 'eth0' has two routes to 10.0.0.0/8 of the same metric; keep one"
        ),
        Case(
            "nameserver",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/24]\n    nameservers: {addresses: [dns.example.com]}\n",
            "line 5: 'ethernets.eth0.nameservers.addresses[0]' is 'dns.example.com', but has to be an IP address"
        ),
        Case(
            "search",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/24]\n    nameservers: {search: [\"exa mple\"]}\n",
            "line 5: 'ethernets.eth0.nameservers.search[0]' is 'exa mple', which is no domain name"
        ),
        Case(
            "searchLong",
            "version: 2\nethernets:\n  eth0:\n    addresses: [192.0.2.10/24]\n    nameservers: {search: [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]}\n",
            "line 5: 'ethernets.eth0.nameservers.search[0]' is 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', which is no domain name"
        ),
        Case(
            "nameserversAlone",
            "version: 2\nethernets:\n  eth0:\n    nameservers: {addresses: [192.0.2.53]}\n",
            "line 3: 'eth0' has name servers but no addresses and no DHCP, so they could not be asked"
        ),
        Case(
            "mtuLow",
            "version: 2\nethernets:\n  eth0:\n    mtu: 67\n",
            "line 4: 'ethernets.eth0.mtu' is '67', but has to be a number from 68 to 65535"
        ),
        Case(
            "mtuHigh",
            "version: 2\nethernets:\n  eth0:\n    mtu: 65536\n",
            "line 4: 'ethernets.eth0.mtu' is '65536', but has to be a number from 68 to 65535"
        ),
        Case(
            "mtuOctal",
            "version: 2\nethernets:\n  eth0:\n    mtu: 01500\n",
            "line 4: 'ethernets.eth0.mtu' is '01500', but has to be a number from 68 to 65535"
        ),
        Case(
            "mtuWord",
            "version: 2\nethernets:\n  eth0:\n    mtu: jumbo\n",
            "line 4: 'ethernets.eth0.mtu' is 'jumbo', but has to be a number from 68 to 65535"
        ),
        Case(
            "setName",
            "version: 2\nethernets:\n  eth0: {set-name: \"a name\"}\n",
            "line 3: 'a name' cannot be the name of an interface: at most 15 letters, digits, '.', '-' and '_'"
        ),
        Case(
            "setNameLong",
            "version: 2\nethernets:\n  eth0: {set-name: abcdefghijklmnop}\n",
            "line 3: 'abcdefghijklmnop' cannot be the name of an interface: at most 15 letters, digits, '.', '-' and '_'"
        ),
        Case(
            "setNameTwice",
            "version: 2\nethernets:\n  eth0: {set-name: lan}\n  eth1: {set-name: lan}\n",
            "line 4: two interfaces shall be named 'lan'; rename one"
        ),
        Case(
            "idBlank",
            "version: 2\nethernets:\n  \"eth 0\": {match: {macaddress: \"52:54:00:12:34:01\"}}\n",
            "line 3: 'eth 0' cannot be the name of an interface: 1 to 64 characters of ASCII, no blanks"
        ),
        Case(
            "badMAC",
            "version: 2\nethernets:\n  nic: {match: {macaddress: 52:54:00:12:34}}\n",
            "line 3: 'ethernets.nic.match.macaddress' is '52:54:00:12:34', but has to be a MAC such as 52:54:00:12:34:56"
        ),
        Case(
            "macNotInDomain",
            "version: 2\nethernets:\n  nic: {match: {macaddress: 52:54:00:12:34:99}}\n",
            "line 3: 'nic' is 52:54:00:12:34:99, which is not in the domain; it has 52:54:00:12:34:01, 52:54:00:12:34:02"
        ),
        Case(
            "domainWithoutInterfaces",
            "version: 2\nethernets:\n  nic: {match: {macaddress: 52:54:00:12:34:99}}\n",
            "line 3: 'nic' is 52:54:00:12:34:99, which is not in the domain; it has no interfaces",
            interfaces: 0
        ),
        Case(
            "macTwice",
            "version: 2\nethernets:\n  eth0: {}\n  nic: {match: {macaddress: 52-54-00-12-34-01}}\n",
            "line 4: 'eth0' and 'nic' are both the interface 52:54:00:12:34:01; keep one"
        ),
        Case(
            "unmatched",
            "version: 2\nethernets:\n  ens3: {dhcp4: true}\n",
            "line 3: which interface of the domain is 'ens3'? add 'match: {macaddress: …}'; it has 52:54:00:12:34:01, 52:54:00:12:34:02"
        ),
        Case(
            "ethBeyond",
            "version: 2\nethernets:\n  eth2: {dhcp4: true}\n",
            "line 3: which interface of the domain is 'eth2'? add 'match: {macaddress: …}'; it has 52:54:00:12:34:01, 52:54:00:12:34:02"
        ),
        Case(
            "ethBeyondOnlyOne",
            "version: 2\nethernets:\n  eth1: {dhcp4: true}\n",
            "line 3: which interface of the domain is 'eth1'? add 'match: {macaddress: …}'; it has 52:54:00:12:34:01",
            interfaces: 1
        ),
        Case(
            "unmatchedWithoutDomain",
            "version: 2\nethernets:\n  eth0: {dhcp4: true}\n",
            "line 3: 'eth0' names no MAC, and no domain is known to look it up in; add 'match: {macaddress: …}'",
            interfaces: nil
        ),
        Case(
            "bondWithoutMode",
            "version: 2\nethernets: {eth0: {}, eth1: {}}\nbonds:\n  bond0: {interfaces: [eth0], parameters: {}}\n",
            "line 4: 'bonds.bond0.parameters' lacks 'mode'"
        ),
        Case(
            "bondMode",
            "version: 2\nethernets: {eth0: {}, eth1: {}}\nbonds:\n  bond0: {interfaces: [eth0], parameters: {mode: 4}}\n",
            "line 4: 'bonds.bond0.parameters.mode' is '4', but has to be balance-rr, active-backup, balance-xor, broadcast, 802.3ad, balance-tlb or balance-alb"
        ),
        Case(
            "bondWithoutInterfaces",
            "version: 2\nethernets: {eth0: {}, eth1: {}}\nbonds:\n  bond0: {interfaces: [], parameters: {mode: 802.3ad}}\n",
            "line 4: the bond 'bond0' has no interfaces"
        ),
        Case(
            "bondUnknownInterface",
            "version: 2\nethernets: {eth0: {}, eth1: {}}\nbonds:\n  bond0: {interfaces: [eth2], parameters: {mode: 802.3ad}}\n",
            "line 4: the bond 'bond0' is of 'eth2', which is not an ethernet of the file"
        ),
        Case(
            "bondInterfaceTwice",
            "version: 2\nethernets: {eth0: {}, eth1: {}}\nbonds:\n  bond0: {interfaces: [eth0, eth0], parameters: {mode: 802.3ad}}\n",
            "line 4: the bond 'bond0' has 'eth0' twice; keep one"
        ),
        Case(
            "bondsShare",
            "version: 2\nethernets: {eth0: {}, eth1: {}}\nbonds:\n  bond0: {interfaces: [eth0], parameters: {mode: 802.3ad}}\n  bond1: {interfaces: [eth0], parameters: {mode: 802.3ad}}\n",
            "line 5: 'eth0' is in the bonds 'bond0' and 'bond1'; keep it in one"
        ),
        Case(
            "bondMemberWithAddress",
            "version: 2\nethernets: {eth0: {dhcp4: true}}\nbonds:\n  bond0: {interfaces: [eth0], parameters: {mode: 802.3ad}}\n",
            "line 4: 'eth0' is in the bond 'bond0', so it cannot have addresses of its own"
        ),
        Case(
            "bondParameter",
            "version: 2\nethernets: {eth0: {}, eth1: {}}\nbonds:\n  bond0: {interfaces: [eth0], parameters: {mode: 802.3ad, primary: eth0}}\n",
            "line 4: 'bonds.bond0.parameters.primary' is not known here; known are down-delay, lacp-rate, mii-monitor-interval, min-links, mode, transmit-hash-policy, up-delay"
        ),
        Case(
            "vlanZero",
            "version: 2\nethernets: {eth0: {}, eth1: {}}\nvlans:\n  v: {id: 0, link: eth0}\n",
            "line 4: 'vlans.v.id' is '0', but has to be a number from 1 to 4094"
        ),
        Case(
            "vlan4095",
            "version: 2\nethernets: {eth0: {}, eth1: {}}\nvlans:\n  v: {id: 4095, link: eth0}\n",
            "line 4: 'vlans.v.id' is '4095', but has to be a number from 1 to 4094"
        ),
        Case(
            "vlanWithoutID",
            "version: 2\nethernets: {eth0: {}, eth1: {}}\nvlans:\n  v: {link: eth0}\n",
            "line 4: 'vlans.v' lacks 'id'"
        ),
        Case(
            "vlanWithoutLink",
            "version: 2\nethernets: {eth0: {}, eth1: {}}\nvlans:\n  v: {id: 7}\n",
            "line 4: 'vlans.v' lacks 'link'"
        ),
        Case(
            "vlanUnknownLink",
            "version: 2\nethernets: {eth0: {}, eth1: {}}\nvlans:\n  v: {id: 7, link: eth9}\n",
            "line 4: the VLAN 'v' is on 'eth9', which is not an ethernet or a bond that can carry it; it can be on eth0 or eth1"
        ),
        Case(
            "vlanTwice",
            "version: 2\nethernets: {eth0: {}, eth1: {}}\nvlans:\n  v: {id: 7, link: eth0}\n  w: {id: 7, link: eth0}\n",
            "line 5: 'v' and 'w' are both VLAN 7 on 'eth0'; keep one"
        ),
        Case(
            "vlanName",
            "version: 2\nethernets: {eth0: {}, eth1: {}}\nvlans:\n  a-name-that-is-too-long: {id: 7, link: eth0}\n",
            "line 4: 'a-name-that-is-too-long' cannot be the name of an interface: at most 15 letters, digits, '.', '-' and '_'"
        ),
        Case(
            "sameID",
            "version: 2\nethernets: {eth0: {}, eth1: {}}\nvlans:\n  eth0: {id: 7, link: eth1}\n",
            "line 4: 'eth0' is there twice; keep one"
        ),
        Case(
            "dataNullGateway",
            "{\"links\": [{\"id\": \"eth0\", \"type\": \"phy\", \"ethernet_mac_address\": \"52:54:00:12:34:01\"}],\n \"networks\": [{\"id\": \"n\", \"link\": \"eth0\", \"network_id\": \"n\", \"type\": \"ipv4\", \"ip_address\": \"192.0.2.10\", \"netmask\": \"255.255.255.0\", \"routes\": [{\"network\": \"0.0.0.0\", \"netmask\": \"0.0.0.0\", \"gateway\": null}]}],\n \"services\": []}\n",
            "line 2: 'networks[0].routes[0]' lacks 'gateway'"
        ),
        Case(
            "dataWithoutMask",
            "{\"links\": [{\"id\": \"eth0\", \"type\": \"phy\", \"ethernet_mac_address\": \"52:54:00:12:34:01\"}],\n \"networks\": [{\"id\": \"n\", \"link\": \"eth0\", \"type\": \"ipv4\", \"ip_address\": \"192.0.2.10\"}],\n \"services\": []}\n",
            "line 2: 'networks[0]' lacks 'netmask'"
        ),
        Case(
            "dataMask",
            "{\"links\": [{\"id\": \"eth0\", \"type\": \"phy\", \"ethernet_mac_address\": \"52:54:00:12:34:01\"}],\n \"networks\": [{\"id\": \"n\", \"link\": \"eth0\", \"type\": \"ipv4\", \"ip_address\": \"192.0.2.10\", \"netmask\": \"255.0.255.0\"}],\n \"services\": []}\n",
            "line 2: 'networks[0].netmask' is '255.0.255.0', which is no IPv4 netmask"
        ),
        Case(
            "dataMaskFamily",
            "{\"links\": [{\"id\": \"eth0\", \"type\": \"phy\", \"ethernet_mac_address\": \"52:54:00:12:34:01\"}],\n \"networks\": [{\"id\": \"n\", \"link\": \"eth0\", \"type\": \"ipv4\", \"ip_address\": \"192.0.2.10\", \"netmask\": \"ffff::\"}],\n \"services\": []}\n",
            "line 2: 'networks[0].netmask' is 'ffff::', which is no IPv4 netmask"
        ),
        Case(
            "dataFamily",
            "{\"links\": [{\"id\": \"eth0\", \"type\": \"phy\", \"ethernet_mac_address\": \"52:54:00:12:34:01\"}],\n \"networks\": [{\"id\": \"n\", \"link\": \"eth0\", \"type\": \"ipv6\", \"ip_address\": \"192.0.2.10\", \"netmask\": \"255.255.255.0\"}],\n \"services\": []}\n",
            "line 2: 'networks[0].ip_address' is 192.0.2.10, but the network is of the type ipv6"
        ),
        Case(
            "dataType",
            "{\"links\": [{\"id\": \"eth0\", \"type\": \"phy\", \"ethernet_mac_address\": \"52:54:00:12:34:01\"}],\n \"networks\": [{\"id\": \"n\", \"link\": \"eth0\", \"type\": \"ipv5\"}],\n \"services\": []}\n",
            "line 2: 'networks[0].type' is 'ipv5', but has to be ipv4, ipv4_dhcp, ipv6, ipv6_dhcp, ipv6_slaac, ipv6_dhcpv6-stateful or ipv6_dhcpv6-stateless"
        ),
        Case(
            "dataLink",
            "{\"links\": [{\"id\": \"eth0\", \"type\": \"phy\", \"ethernet_mac_address\": \"52:54:00:12:34:01\"}],\n \"networks\": [{\"id\": \"n\", \"link\": \"eth1\", \"type\": \"ipv4_dhcp\"}],\n \"services\": []}\n",
            "line 2: 'networks[0].link' is 'eth1', which is not the id of a link"
        ),
        Case(
            "dataSameID",
            "{\"links\": [{\"id\": \"eth0\", \"type\": \"phy\", \"ethernet_mac_address\": \"52:54:00:12:34:01\"}],\n \"networks\": [{\"id\": \"n\", \"link\": \"eth0\", \"type\": \"ipv4_dhcp\"}, {\"id\": \"n\", \"link\": \"eth0\", \"type\": \"ipv6_dhcp\"}],\n \"services\": []}\n",
            "line 2: two networks have the id 'n'; rename one"
        ),
        Case(
            "dataServicesWithDHCP",
            "{\"links\": [{\"id\": \"eth0\", \"type\": \"phy\", \"ethernet_mac_address\": \"52:54:00:12:34:01\"}],\n \"networks\": [{\"id\": \"n\", \"link\": \"eth0\", \"type\": \"ipv4_dhcp\"}],\n \"services\": [{\"type\": \"dns\", \"address\": \"192.0.2.53\"}]}\n",
            "line 3: name servers for all interfaces reach only those with static addresses, and there are none; leave name servers to DHCP"
        ),
        Case(
            "dataServiceType",
            "{\"links\": [{\"id\": \"eth0\", \"type\": \"phy\", \"ethernet_mac_address\": \"52:54:00:12:34:01\"}],\n \"networks\": [],\n \"services\": [{\"type\": \"ntp\", \"address\": \"192.0.2.53\"}]}\n",
            "line 3: 'services[0].type' is 'ntp', but has to be dns"
        ),
        Case(
            "dataUnknownKey",
            "{\"links\": [{\"id\": \"eth0\", \"type\": \"phy\", \"mac\": \"52:54:00:12:34:01\"}]}\n",
            "line 1: 'links[0].mac' is not known here; known are ethernet_mac_address, id, mtu, name, type"
        ),
        Case(
            "dataLinkType",
            "{\"links\": [{\"id\": \"eth0\", \"type\": \"team\"}]}\n",
            "line 1: 'links[0]' is of the type 'team', but has to be phy, bond or vlan"
        ),
        Case(
            "dataWithoutType",
            "{\"links\": [{\"id\": \"eth0\"}]}\n",
            "line 1: 'links[0]' lacks 'type'"
        ),
        Case(
            "dataWithoutMAC",
            "{\"links\": [{\"id\": \"eth0\", \"type\": \"phy\"}]}\n",
            "line 1: 'links[0]' lacks 'ethernet_mac_address'"
        ),
        Case(
            "dataBadJSON",
            "{\"links\": [}\n",
            "line 1: this is neither YAML nor JSON: did not find expected node content"
        ),
        Case(
            "v1WithoutConfig",
            "version: 1\n",
            "line 1: the network file lacks 'config'"
        ),
        Case(
            "v1WithoutType",
            "version: 1\nconfig:\n  - {name: eth0}\n",
            "line 3: 'config[0]' lacks 'type'"
        ),
        Case(
            "v1Type",
            "version: 1\nconfig:\n  - {type: team}\n",
            "line 3: 'config[0].type' is 'team', but has to be physical, bond, vlan, nameserver, route, bridge or loopback"
        ),
        Case(
            "v1Bridge",
            "version: 1\nconfig:\n  - {type: bridge, name: br0}\n",
            "line 3: 'config[0]' is a bridge, which cannot be told by a config drive"
        ),
        Case(
            "v1Manual",
            "version: 1\nconfig:\n  - {type: physical, name: eth0, subnets: [{type: dhcp, control: manual}]}\n",
            "line 3: 'config[0].subnets[0].control' is 'manual', but has to be auto"
        ),
        Case(
            "v1Route",
            "version: 1\nconfig:\n  - {type: physical, name: eth0, subnets: [{type: dhcp}]}\n  - {type: route, destination: 10.0.0.0/8, gateway: 192.0.2.1}\n",
            "line 4: 'config[1]' goes through 192.0.2.1, which is in the network of no interface; put the route into a subnet"
        ),
        Case(
            "v1RouteWithoutDestination",
            "version: 1\nconfig:\n  - {type: physical, name: eth0, subnets: [{type: dhcp, routes: [{gateway: 192.0.2.1}]}]}\n",
            "line 3: 'config[0].subnets[0].routes[0]' lacks 'destination'"
        ),
        Case(
            "v1Interface",
            "version: 1\nconfig:\n  - {type: nameserver, address: 192.0.2.53, interface: eth7}\n",
            "line 3: 'config[0].interface' is 'eth7', which is not an interface of the file"
        ),
        Case(
            "v1Unmatched",
            "version: 1\nconfig:\n  - {type: physical, name: ens3}\n",
            "line 3: which interface of the domain is 'ens3'? add 'mac_address: …'; it has 52:54:00:12:34:01, 52:54:00:12:34:02"
        ),
        Case(
            "v1BondMode",
            "version: 1\nconfig:\n  - {type: bond, name: bond0, bond_interfaces: [eth0], params: {}}\n",
            "line 3: 'config[0].params' lacks 'bond-mode'"
        ),
    ]
}
