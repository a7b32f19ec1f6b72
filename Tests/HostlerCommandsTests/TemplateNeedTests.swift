import DomainXML
import Foundation
import Operations
import Provisioning
import Testing

/// What a domain's XML needs of templates.
@Suite("needs of templates")
struct TemplateNeedTests {
    private let scratch: Scratch
    private let state: HostState
    private var disk: String { scratch.path + "/pool/disk.qcow2" }

    init() throws {
        scratch = try Scratch()
        try scratch.makeDirectory("pool")
        state = HostState(folder: scratch.path + "/state")
    }

    private func domain(_ properties: [String: String]) throws -> [UInt8] {
        let values = properties.map { PropertyValue(name: $0.key, value: $0.value, source: .commandLine) }
        var request = TransformRequest(properties: values)
        request.artefacts["template"] = disk
        return try DomainTransformer.transform(Array(sampleDomain.utf8), request).xml
    }

    @Test("a name that is not known is refused, unless the guest has its disk already")
    func unknown() throws {
        let xml = try domain(["template": "debian"])
        #expect(
            throws: OperationError(
                .badInput,
                "there is no template 'debian' on this host; stage it first (hostler template stage URL --name debian)"
            )
        ) { try TemplateNeed.all(in: xml, state) }
        let records = TemplateRecords(store: try state.open())
        let template = try records.register(TemplateRecord(name: "debian", kind: .template, url: "https://h/debian"))
        let need = try #require(try TemplateNeed.all(in: xml, state).first)
        #expect(need.template == template && need.use.path == disk && need.use.kind == .overlay)
        #expect(need.use.folder == TemplatePlace(folder: scratch.path + "/pool").folder)
        var use = need.use
        use.file = "debian-1.raw"
        try records.put(use)
        try scratch.write("disk", to: "pool/disk.qcow2")
        try records.remove(template.id)
        #expect(try TemplateNeed.all(in: xml, state).isEmpty)
    }

    @Test("a URL is a template of its own, and its checksum is part of it")
    func url() throws {
        let sum = String(repeating: "a", count: 64)
        let plain = try TemplateNeed.all(in: domain(["template": "https://h/x/debian.qcow2.xz"]), state)
        #expect(plain.map(\.template.name) == ["debian"] && plain.allSatisfy { !$0.template.isRegistered })
        let summed = try domain([
            "template": "https://h/x/debian.qcow2.xz", "template_checksum": "sha256:\(sum)", "template_clone": "full",
        ])
        let need = try #require(try TemplateNeed.all(in: summed, state).first)
        #expect(need.template.id != plain.first?.template.id)
        #expect(need.template.checksum?.hex == sum && need.use.kind == .full)
    }

    @Test("a disk that the guest has replaced makes nothing, and nothing blocks its start")
    func notInUse() throws {
        let xml = String(decoding: try domain(["template": "https://h/debian"]), as: UTF8.self)
        #expect(xml.contains(disk))
        let snapshot = xml.replacing("source file='\(disk)'", with: "source file='\(scratch.path)/pool/snapshot.qcow2'")
            .replacing("source file=\"\(disk)\"", with: "source file=\"\(scratch.path)/pool/snapshot.qcow2\"")
        #expect(snapshot != xml)
        #expect(try TemplateNeed.all(in: Array(snapshot.utf8), state).isEmpty)
    }
}
