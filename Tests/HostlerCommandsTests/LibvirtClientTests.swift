import ArgumentParser
import DomainXML
import Testing

@testable import HostlerCommands
@testable import LibvirtClient
@testable import Operations

/// Against libvirt's own test driver, which lives in the client library and needs no daemon.
@Suite struct LibvirtClientTests {
    private let connection: Connection

    init() throws { connection = try Connection("test:///default") }

    private let xml = Array(
        """
        <domain type='test'><name>guest</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
        <memory>65536</memory><os><type>hvm</type></os>
        <devices><graphics type='vnc' passwd='secret'/></devices></domain>
        """.utf8
    )

    @Test func guestIsFoundByNameUUIDAndId() throws {
        let guest = try connection.domain("test")
        #expect(try connection.domain(try guest.uuid()).name() == "test")
        #expect(try connection.domain("1").name() == "test")
        #expect(try guest.isActive())
        #expect(try guest.isPersistent())
        #expect(try guest.state() == DomainState(state: 1, reason: 0))
        #expect(try guest.state().name == "running")
    }

    @Test func missingGuestHasItsCode() throws {
        let error = try #require(throws: LibvirtError.self) { try connection.domain("nobody") }
        #expect(error.code == .noDomain)
        #expect(throws: OperationError.self) { try Guest("nobody", connection) }
    }

    @Test func failuresNameTheGuestOnce() throws {
        let guest = try Guest("test", connection)
        #expect(guest.failure("it is away").message == "guest test: it is away")
        #expect(guest.failure("guest test: it is away").message == "guest test: it is away")
    }

    @Test func definitionOutlivesAStart() throws {
        let defined = try connection.define(xml)
        #expect(try !defined.isActive())
        #expect(try !defined.hasManagedSave())
        let before = try defined.xml(inactive: true, secure: true)
        let started = try connection.create(before, paused: false)
        #expect(try started.isActive())
        #expect(try defined.xml(inactive: true, secure: true) == before)
        #expect(try connection.domains().map { try $0.name() } == ["guest", "test"])
    }

    @Test func passwordsAreInSecureXMLAlone() throws {
        let defined = try connection.define(xml)
        #expect(try String(decoding: defined.xml(inactive: true, secure: true), as: UTF8.self).contains("secret"))
        #expect(try !String(decoding: defined.xml(inactive: true, secure: false), as: UTF8.self).contains("secret"))
    }

    @Test func badXMLIsAnError() throws {
        let error = try #require(throws: LibvirtError.self) { try connection.define(Array("<domain/>".utf8)) }
        #expect(!error.message.contains("\n"))
    }

    @Test func unreachableIs69() throws {
        let options = try ConnectOptions.parse(["--connect", "test:///nonexistent.xml?token=x"])
        let error = try #require(throws: OperationError.self) { try options.open() }
        #expect(error.code == .unreachable)
        #expect(error.message?.hasPrefix("cannot connect to libvirt at 'test:///nonexistent.xml': ") == true)
        #expect(error.message?.hasSuffix("; 'hostler doctor' says what to do") == true)
        let (findings, _) = LibvirtCheck.run(options)
        #expect(findings.first?.detail.contains("hostler doctor") == false)
    }

    @Test(arguments: [
        ("qemu:///system", "qemu:///system"),
        ("qemu+ssh://me:pw@host:22/system?keyfile=/x@y", "qemu+ssh://host:22/system"),
        ("esx://root@h/?no_verify=1", "esx://h/"),
        ("nonsense@x", "nonsense@x"),
    ])
    func urisAreShownWithoutUser(uri: String, shown: String) {
        #expect(ConnectOptions.shown(uri) == shown)
    }

    @Test func ownHooksRefusalIsAllThatIsSaid() {
        let call =
            "Hook script execution failed: internal error: Child process (LC_ALL=C PATH=/usr/bin "
            + "/etc/libvirt/hooks/qemu.d/50-hostler demo prepare begin -) unexpected exit status 1: "
        #expect(
            LibvirtError(.hookFailed, call + "hostler: warning: a\nhostler: b: 'c'\n").sentence == "warning: a; b: 'c'"
        )
        #expect(LibvirtError(.hookFailed, call + "no: hostler: x").sentence == "x")
        #expect(LibvirtError(.hookFailed, call + "sorry").sentence.hasPrefix("hook script execution failed: "))
        #expect(LibvirtError(.noDomain, call + "hostler: b").sentence.hasPrefix("hook script "))
    }

    @Test func adviceNamesBothThatHaveToGo() throws {
        let guest = try Guest("test", connection)
        let xml = try DomainTransformer.transform(
            Array(sampleDomain.utf8),
            TransformRequest(properties: [
                PropertyValue(name: "httpsisoboot", value: "https://h/a.iso", source: .commandLine),
                PropertyValue(name: "bootorder", value: "vda,ua-hostler-httpsisoboot", source: .commandLine),
            ])
        ).xml
        let error = try #require(throws: OperationError.self) {
            try guest.transform(xml, TransformRequest(unset: ["httpsisoboot"]))
        }
        #expect(error.code == .badInput)
        #expect(error.message?.hasSuffix("; unset both together: hostler unset test httpsisoboot bootorder") == true)
        _ = try guest.transform(xml, TransformRequest(unset: ["httpsisoboot", "bootorder"]))
    }

    @Test func messagesHideSecretsAndLineBreaks() {
        #expect(LibvirtError(.noDomain, "no driver for esx://u:p@h/x?a=b").message == "no driver for esx://h/x?…")
        let error = LibvirtError(.hookFailed, "first\nqemu: \"url\":\"https://h/x.iso?tok=s\", https://h/y ?\n")
        #expect(error.message == "first; qemu: \"url\":\"https://h/x.iso?…\", https://h/y ?")
    }

    @Test func versionsAreCounted() throws {
        #expect(Version(9_000_000) == Version(9, 0, 0))
        #expect(Version(10_012_003).description == "10.12.3")
        #expect(Version(6, 4, 9) < Version(6, 5, 0))
        #expect(try connection.libvirtVersion() == (try Version.clientLibrary()))
    }

    @Test func hostsAreTold() throws {
        #expect(try Host.runsGuests(of: connection))
        #expect(Host.remoteName(uri: "qemu:///system") == nil)
        #expect(Host.remoteName(uri: "qemu+ssh://root@[::1]:22/system?keyfile=x") == "::1")
        #expect(Host.remoteName(uri: "qemu+tls://host.example/system") == "host.example")
        #expect(Host.isSame("a", "a.example"))
        #expect(!Host.isSame("a", "ab"))
    }
}
