import Foundation
import TestSupport
import Testing

@testable import HostlerAPI

/// Requests at the local socket, one per line, and their answers: `Tests/Fixtures/api/<case>.requests` and `.answers`. The
/// requests of a case share a state and a clock that stands still.
@Suite struct GoldenTests {
    static let cases = Fixtures.files(below: "api").filter { $0.hasSuffix(".requests") }

    private static func requests(_ path: String) throws -> [String] {
        Fixtures.text(try Fixtures.read(path)).split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    @Test("answers", arguments: cases)
    func answers(_ path: String) async throws {
        var text = ""
        try await withAPI { api in
            for request in try Self.requests(path) {
                let response = await api.get(request)
                text += "> \(request)\n\(response.status) \(response.contentType)\n"
                for header in response.headers where header.name != "Cache-Control" {
                    text += "\(header.name): \(header.value)\n"
                }
                text += Self.scrubbed(response.text) + "\n\n"
            }
        }
        let complaint = try Fixtures.compare(Array(text.utf8), path.replacing(".requests", with: ".answers"))
        #expect(complaint == nil, "\(complaint ?? "")")
    }

    /// What is made anew each time.
    private static func scrubbed(_ text: String) -> String {
        let uuid = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        return text.replacing(uuid) { $0.output.hasPrefix("00000000-") ? String($0.output) : "<uuid>" }
    }

    @Test("every command has a case, and every file is of one")
    func whole() throws {
        let asked = try Self.cases.flatMap(Self.requests).compactMap { request in
            request.split(separator: "&").first { $0.hasPrefix("command=") }?.dropFirst("command=".count)
        }
        for command in CommandRegistry.standard.commands {
            #expect(asked.contains(command.name[...]), "\(command.name) has no case in Tests/Fixtures/api")
        }
        for answers in Fixtures.files(below: "api").filter({ $0.hasSuffix(".answers") }) {
            #expect(Self.cases.contains(answers.replacing(".answers", with: ".requests")), "\(answers) is of no case")
        }
    }
}
