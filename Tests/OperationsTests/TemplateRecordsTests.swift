import Foundation
import Glibc
import Provisioning
import Synchronization
import TestSupport
import Testing

@testable import Operations

@Suite("what is known of templates")
struct TemplateRecordsTests {
    private func record(_ name: String, _ url: String, isRegistered: Bool = true) -> TemplateRecord {
        TemplateRecord(name: name, kind: .template, url: url, isRegistered: isRegistered)
    }

    @Test("the name of another that is of use is refused")
    func nameInUse() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        let sentence =
            "there is a template 'debian' already, of another URL or checksum; take another name, or remove it first "
            + "(hostler template remove debian)"
        let typed = record("debian", "https://h/other")
        // Registered and never tried yet, staged, or failed with a guest that is to have it.
        #expect(throws: OperationError(.badInput, sentence)) { try host.records.register(typed) }
        _ = try await host.stager.stage(template, in: host.pool)
        #expect(throws: OperationError(.badInput, sentence)) { try host.records.register(typed) }
        try host.records.change(template.id, host.pool) { ($0.state, $0.file, $0.attempts) = (.failed, nil, 1) }
        try host.files.note(host.need(template))
        #expect(throws: OperationError(.badInput, sentence)) { try host.records.register(typed) }
        #expect(try host.records.all() == [template])
        // An ISO may be called the same.
        #expect(try host.template("debian", kind: .iso).name == "debian")
    }

    @Test("of many that register one name at once, as processes do, one has it")
    func nameAtOnce() async throws {
        let host = try TemplateHost()
        let stores = try (0..<4).map { _ in try host.other().records }
        for round in 0..<40 {
            let gate = Gate()
            let names = try await withThrowingTaskGroup(of: String?.self) { group in
                for (number, records) in stores.enumerated() {
                    let record = record("debian\(round)", "https://h/\(round)/\(number)", isRegistered: number % 2 == 0)
                    group.addTask {
                        try await offPool {
                            gate.pass(with: stores.count)
                            do { return try records.register(record).name } catch is OperationError { return nil }
                        }
                    }
                }
                return try await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(names.count { $0 == "debian\(round)" } == 1, "\(names)")
            let all = try host.records.all().map(\.name).filter { $0.hasPrefix("debian\(round)") }
            #expect(all.count == Set(all).count && all.count == names.count { $0 != nil }, "\(all) \(names)")
        }
    }

    @Test("one that never brought anything makes room for the next of its name")
    func failedOnce() async throws {
        let host = try TemplateHost()
        let wrong = try host.template()
        host.fetcher.set { $0.failure = DownloadError(.status, "404") }
        _ = try? await host.stager.stage(wrong, in: host.pool)
        do {
            // Somebody is at it.
            let partial = try #require(try PartialFile.open(in: host.pool, id: wrong.id))
            #expect(throws: OperationError.self) { try host.records.register(record("debian", "https://h/right")) }
            withExtendedLifetime(partial) {}
        }
        let right = try host.records.register(record("debian", "https://h/right"))
        #expect(right.name == "debian")
        #expect(try host.records.all() == [right])
        #expect(try host.records.copies().isEmpty)
        #expect(try host.poolNames == [])
    }

    @Test("a name that nobody has given gets a suffix, and none that was given is lost")
    func derived() throws {
        let host = try TemplateHost()
        _ = try host.template()
        let other = record("debian", "https://h/other")
        let known = try host.records.register(other, isNameDerived: true)
        #expect(known.name == "debian-\(other.id.prefix(8))")
        #expect(try host.records.register(other, isNameDerived: true) == known)
        // Said again without the name.
        let named = try host.records.register(record("mine", "https://h/x"))
        #expect(try host.records.register(record("x", "https://h/x"), isNameDerived: true) == named)
        #expect(try host.records.register(record("yours", "https://h/x")).name == "yours")
        // A guest's property names nobody's name either.
        let ofGuest = try host.records.register(record("debian", "https://h/third", isRegistered: false))
        #expect(ofGuest.name == "debian-\(ofGuest.id.prefix(8))" && !ofGuest.isRegistered)
    }

    @Test("headers are the newest")
    func headers() throws {
        let host = try TemplateHost()
        var template = try host.template()
        template.headers = [try HTTPHeader("X-Token", "one")]
        try host.records.register(template)
        template.headers = []
        #expect(try host.records.register(template).headers.map(\.value) == ["one"])
        template.headers = [try HTTPHeader("X-Token", "two")]
        #expect(try host.records.register(template).headers.map(\.value) == ["two"])
    }

    @Test("found by name, id, and enough of the id")
    func find() throws {
        let host = try TemplateHost()
        let template = try host.template()
        for key in ["debian", template.id, String(template.id.prefix(4))] {
            #expect(try host.records.find(key) == template)
        }
        for key in ["", "deb", String(template.id.prefix(3)), "x\u{1B}[31m"] {
            #expect(throws: OperationError.self) { try host.records.find(key) }
        }
    }

    @Test("a folder is the same before and after it is made, through links too")
    func place() throws {
        let host = try TemplateHost()
        let link = host.folder.appending(path: "link").path
        try Command.check("ln", "-s", host.pool, link)
        let early = TemplatePlace(folder: "\(link)/new/deep/")
        #expect(early.folder == "\(host.pool)/new/deep")
        try Command.check("mkdir", "-p", "\(host.pool)/new/deep")
        #expect(TemplatePlace(folder: "\(link)/new/deep/") == early)
        #expect(TemplatePlace(folder: "/").folder == "/")
        #expect(TemplatePlace(folder: "/nowhere-\(host.folder.lastPathComponent)").folder.hasPrefix("/nowhere-"))
    }
}

/// Lets threads go on together.
private final class Gate: Sendable {
    private let here = Atomic(0)

    func pass(with count: Int) {
        here.add(1, ordering: .relaxed)
        while here.load(ordering: .relaxed) < count { usleep(10) }
    }
}
