import DomainXML
import Foundation
import TestSupport
import Testing

@Suite("golden transforms")
struct TransformTests {
    /// What a case gives: a document with its warnings, or a refusal.
    private static func run(_ input: [UInt8], _ request: TransformRequest) -> (output: [UInt8]?, messages: String?) {
        do throws(DomainXMLError) {
            let result = try DomainTransformer.transform(input, request)
            let warnings = result.warnings.map { "warning: \($0)\n" }.joined()
            return (result.xml, warnings.isEmpty ? nil : warnings)
        } catch {
            return (nil, "\(error.code.rawValue): \(error.message)\n")
        }
    }

    @Test("gives what the golden file says", arguments: TransformCase.all)
    func golden(_ test: TransformCase) throws {
        let (output, messages) = Self.run(test.input, test.request)
        let wrong = [
            try Fixtures.compare(output, test.path + ".out.xml"),
            try Fixtures.compare(messages.map { Array($0.utf8) }, test.path + ".err"),
        ]
        for complaint in wrong.compactMap({ $0 }) { Issue.record(Comment(rawValue: complaint)) }
        if let messages {
            #expect(messages.utf8.count < 1000, "a message has to fit a terminal")
            let controls = messages.dropLast().unicodeScalars.filter { $0.value < 0x20 && $0 != "\n" }
            #expect(controls.isEmpty)
        }
    }

    @Test("changes nothing when it runs again", arguments: TransformCase.all)
    func idempotent(_ test: TransformCase) throws {
        guard let output = Self.run(test.input, test.request).output else { return }
        let again = try DomainTransformer.transform(output, test.request)
        #expect(Fixtures.text(again.xml) == Fixtures.text(output))
        #expect(!again.isChanged)
        // The document says by itself what is to be done with it.
        var silent = test.request
        silent.properties = []
        silent.artefacts = [:]
        #expect(try DomainTransformer.transform(output, silent).xml == output)
    }

    @Test("is undone by unset, to the last byte", arguments: TransformCase.all)
    func undone(_ test: TransformCase) throws {
        guard test.request.unset.isEmpty, let output = Self.run(test.input, test.request).output else { return }
        let isMarked = Fixtures.text(test.input).contains("urn:hostler:domain:1.0")
        if isMarked || test.request.scope == .abiStable { return }
        let unset = TransformRequest(unset: Property.all.map(\.name), allowedURLs: test.request.allowedURLs)
        let undone = try DomainTransformer.transform(output, unset)
        #expect(Fixtures.text(undone.xml) == Fixtures.text(test.input))
    }

    @Test("an untouched document comes back byte for byte", arguments: TransformCase.all)
    func untouched(_ test: TransformCase) throws {
        let isMarked = Fixtures.text(test.input).contains("urn:hostler:domain:1.0") || test.path.contains("ovirt")
        guard !isMarked, let result = try? DomainTransformer.transform(test.input, TransformRequest()) else { return }
        #expect(!result.isChanged)
        #expect(result.xml == test.input)
    }

    @Test("every fixture belongs to a case, and every case can be read")
    func orphans() {
        #expect(TransformCase.broken == [])
        let known = Set(TransformCase.all.flatMap { $0.files + [$0.path + ".out.xml", $0.path + ".err"] })
        #expect(Fixtures.files(below: "transforms").filter { !known.contains($0) } == [])
    }

    @Test("every property is used by a case, and refused in another", arguments: Property.all.map(\.name))
    func covered(_ name: String) {
        let using = TransformCase.all.filter { $0.request.properties.contains { $0.name == name } }
        let accepted = using.filter { Fixtures.exists($0.path + ".out.xml") }
        let refused = using.filter { !Fixtures.exists($0.path + ".out.xml") }
        #expect(!accepted.isEmpty, "no case sets \(name)")
        #expect(!refused.isEmpty, "no case gives \(name) a value that is refused")
    }
}
