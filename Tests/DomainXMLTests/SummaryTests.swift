import DomainXML
import TestSupport
import Testing

@Suite("what else is read of libvirt's XML")
struct SummaryTests {
    private static let domain = "transforms/configdrive/abi.in.xml"

    @Test("a running guest's cdrom gets another medium, and keeps the rest")
    func medium() throws {
        let xml = try Fixtures.read(Self.domain)
        let inserted = try #require(try DomainTransformer.medium(of: "configdrive", in: xml, path: "/a&b.iso"))
        #expect(
            Fixtures.text(inserted).split(separator: "\n").map { $0.drop { $0 == " " } } == [
                "<disk type='file' device='cdrom'>", "<driver name='qemu' type='raw'/>",
                "<source file='/a&amp;b.iso'/>",
                "<target dev='hda' bus='ide'/>", "<readonly/>", "<boot order='7'/>",
                "<alias name='ua-hostler-configdrive'/>",
                "<address type='drive' controller='0' bus='0' target='0' unit='0'/>", "</disk>",
            ]
        )
        let ejected = try #require(try DomainTransformer.medium(of: "configdrive", in: xml, path: nil))
        #expect(!Fixtures.text(ejected).contains("<source"))
        #expect(Fixtures.text(ejected).contains("<target dev='hda'"))
        #expect(try DomainTransformer.medium(of: "httpsisoboot", in: xml, path: nil) == nil)
    }

    @Test("a summary names the interfaces, in their order")
    func interfaces() throws {
        let xml = """
            <domain type='kvm'><name>a</name><devices>
              <interface type='network'><mac address='52:54:00:AA:00:01'/><mtu size='9000'/></interface>
              <interface type='bridge'/>
            </devices></domain>
            """
        let interfaces = try DomainTransformer.inspect(Array(xml.utf8)).interfaces
        #expect(interfaces.map(\.mac) == ["52:54:00:AA:00:01", nil])
        #expect(interfaces.map(\.mtu) == [9000, nil])
    }

    @Test("a disk with an image of ours is shown, and whether it still reads the image")
    func images() throws {
        func tell(_ name: String) throws -> (devices: [String], artefacts: [String]) {
            let xml = try Fixtures.read("transforms/template/\(name).in.xml")
            let artefacts = try DomainTransformer.transform(xml, TransformRequest()).artefacts
            return (
                try DomainTransformer.inspect(xml).devices.map { "\($0.role) \($0.target) \($0.source)" },
                artefacts.map { "\($0.role) \($0.path) \($0.format) \($0.isInUse)" }
            )
        }
        let image = "/var/lib/libvirt/images/hostler-0b1b6f0a-6f0e-4a4e-8d1c-0c8d3f1f6e01-vda.qcow2"
        let present = try tell("present")
        #expect(present.devices == ["template vda \(image)"])
        #expect(present.artefacts == ["template \(image) overlay true"])
        let covered = try tell("snapshot-on-top")
        #expect(covered.devices == ["template vda /var/lib/libvirt/images/a.snap1"])
        #expect(covered.artefacts == ["template \(image) overlay false"])
        #expect(try tell("added-present").devices == ["template vda \(image)"])
    }

    @Test("a storage pool of files has a folder, others have not")
    func pools() throws {
        func pool(_ type: String, _ path: String) throws -> StoragePoolSummary {
            let text = "<pool type='\(type)'><name>p</name><target><path>\(path)</path></target></pool>"
            return try StoragePoolSummary(Array(text.utf8))
        }
        let folder = try pool("dir", "/srv/a b&amp;c")
        #expect(folder.hasFiles && folder.path == "/srv/a b&c" && folder.name == "p")
        #expect(try pool("netfs", "/mnt/p").hasFiles)
        #expect(try !pool("logical", "/dev/vg").hasFiles)
        #expect(try !StoragePoolSummary(Array("<pool type='rbd'><name>p</name></pool>".utf8)).hasFiles)
        #expect(throws: DomainXMLError.self) { try StoragePoolSummary(Array("<domain type='kvm'/>".utf8)) }
    }
}
