import Foundation
import Provisioning
import TestSupport
import Testing

@testable import Operations

@Suite("what guests have of templates")
struct GuestFilesTests {
    /// What qemu-img says of an image.
    private func info(_ path: String) throws -> [String: String] {
        let text = try Command.check("qemu-img", "info", "-U", "--output=json", path)
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
        return object.compactMapValues { $0 as? String ?? ($0 as? Int).map { "\($0)" } }
    }

    private func identity(_ path: String) throws -> UInt64? {
        try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? UInt64
    }

    @Test("a template that is not staged makes nothing, with how far it is")
    func notStaged() throws {
        let host = try TemplateHost()
        let need = host.need(try host.template())
        try host.files.note(need)
        #expect(throws: OperationError(.failure, "template 'debian' waits to be staged")) {
            try host.files.make(need, of: TemplateCopy(template: need.template.id, folder: host.pool))
        }
        #expect(try host.poolNames == [])
    }

    @Test("an overlay is made once, on the right file in the right format")
    func overlay() async throws {
        let host = try TemplateHost()
        let need = host.need(try host.template())
        let copy = try await host.make(need)
        let found = try info(need.use.path)
        #expect(found["format"] == "qcow2")
        #expect(found["backing-filename"] == copy.path)
        #expect(found["backing-filename-format"] == "raw")
        #expect(found["virtual-size"] == "65536")
        let made = try identity(need.use.path)
        try host.files.note(need)
        #expect(try host.files.make(need, of: copy) == false)
        #expect(try identity(need.use.path) == made)
        #expect(try host.poolNames.count == 2)
        // Another template is none of the disk's business any more.
        let other = TemplateNeed(template: try host.template("other"), use: host.need(try host.template("other")).use)
        try host.files.note(other)
        #expect(try host.files.isMade(other))
        #expect(try host.records.use(need.use.guest, need.use.path)?.template == need.template.id)
    }

    @Test("a disk that is gone is not made anew unasked: its file system may only not be mounted")
    func diskGone() async throws {
        let host = try TemplateHost()
        let need = host.need(try host.template())
        let copy = try await host.make(need)
        try FileManager.default.removeItem(atPath: need.use.path)
        let sentence =
            "its disk \(need.use.path) is gone, which was made of template 'debian': put it back, or have it made anew "
            + "(hostler template reset guest1)"
        for isRenewed in [false, true] {
            #expect(throws: OperationError(.failure, sentence)) { try host.files.note(need, isRenewed: isRenewed) }
        }
        // What `template reset` does.
        try host.records.remove(try #require(try host.records.use(need.use.guest, need.use.path)))
        try host.files.note(need)
        #expect(try host.files.make(need, of: copy))
        // So does naming another template.
        try FileManager.default.removeItem(atPath: need.use.path)
        let other = host.need(try host.template("other"))
        try host.files.note(other, isRenewed: true)
        #expect(try host.records.use(need.use.guest, need.use.path)?.template == other.template.id)
    }

    @Test("an overlay whose template's file is gone says so")
    func backingGone() async throws {
        let host = try TemplateHost()
        let need = host.need(try host.template())
        let path = try #require(try await host.make(need).path)
        try host.files.checkBacking(need)
        try FileManager.default.removeItem(atPath: path)
        let sentence = "\(path) is gone, which its disk \(need.use.path) is an overlay on: put it back"
        #expect(throws: OperationError(.failure, sentence)) { try host.files.checkBacking(need) }
    }

    @Test("a full copy needs nothing of the template")
    func full() async throws {
        let host = try TemplateHost()
        let need = host.need(try host.template(), .full)
        let copy = try await host.make(need)
        let found = try info(need.use.path)
        #expect(found["format"] == "qcow2" && found["backing-filename"] == nil)
        #expect(
            try Command.run(["qemu-img", "compare", "-f", "raw", try #require(copy.path), need.use.path]).status == 0
        )
        try host.maintenance.remove(need.template)
        #expect(try host.poolNames == [URL(filePath: need.use.path).lastPathComponent])
        try host.files.checkBacking(need)
    }

    @Test("a disk that another one has put there is left as it is")
    func foreignDisk() async throws {
        let host = try TemplateHost()
        let need = host.need(try host.template())
        try Data("mine".utf8).write(to: URL(filePath: need.use.path))
        try await host.make(need)
        #expect(try String(contentsOfFile: need.use.path, encoding: .utf8) == "mine")
    }

    @Test("an ISO has a name of the guest's, follows the template, and is released")
    func medium() async throws {
        let host = try TemplateHost()
        let need = host.need(try host.template(kind: .iso), .medium)
        let copy = try await host.make(need)
        #expect(try identity(need.use.path) == identity(try #require(copy.path)))
        // The template is another one now.
        host.fetcher.set { ($0.isUnchanged, $0.byte) = (false, 2) }
        let new = try await host.stager.stage(need.template, in: host.pool, isRefreshing: true)
        #expect(try !host.files.isMade(need))
        #expect(try host.files.make(need, of: new))
        #expect(try identity(need.use.path) == identity(try #require(new.path)))
        #expect(try host.files.isMade(need))

        try host.files.release(guest: need.use.guest, path: need.use.path)
        try host.files.release(guest: need.use.guest, path: need.use.path)
        #expect(!FileManager.default.fileExists(atPath: need.use.path))
        #expect(try !host.files.isMade(need))
        // A guest that is stopped has it again at its next start: nobody takes it for unused.
        let unused = try host.maintenance.leftovers(guests: [need.use.guest], unusedCopies: true)
        #expect(unused.map(\.report.reason) == ["its source has changed since"])
        try host.files.note(need)
        #expect(try host.records.use(need.use.guest, need.use.path)?.file == nil)
        #expect(try host.files.make(need, of: new))
    }

    @Test("a guest has another ISO")
    func otherMedium() async throws {
        let host = try TemplateHost()
        try await host.make(host.need(try host.template("one", kind: .iso), .medium))
        let other = host.need(try host.template("two", kind: .iso), .medium)
        let copy = try await host.make(other)
        #expect(try identity(other.use.path) == identity(try #require(copy.path)))
    }

    @Test("the name of an ISO goes although its template is not known any more")
    func releasedLate() async throws {
        let host = try TemplateHost()
        let need = host.need(try host.template(kind: .iso), .medium)
        try await host.make(need)
        try host.maintenance.remove(need.template)
        #expect(FileManager.default.fileExists(atPath: need.use.path))
        try host.files.release(guest: need.use.guest, path: need.use.path)
        #expect(!FileManager.default.fileExists(atPath: need.use.path))
        #expect(try host.records.uses().isEmpty)
    }

    @Test("a file of somebody else's where the ISO's name would be is neither replaced nor removed")
    func foreignMedium() async throws {
        let host = try TemplateHost()
        let path = host.folder.appending(path: "mine.iso").path
        try Data("mine".utf8).write(to: URL(filePath: path))
        let need = host.need(try host.template(kind: .iso), .medium, path: path)
        try host.files.note(need)
        let copy = try await host.stager.stage(need.template, in: host.pool)
        #expect(throws: OperationError.self) { try host.files.make(need, of: copy) }
        try host.files.release(guest: need.use.guest, path: path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
    }

    @Test("fifty guests at once on one template")
    func many() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                let need = TemplateNeed(
                    template: template,
                    use: TemplateUse(
                        template: template.id,
                        folder: host.pool,
                        guest: "00000000-0000-4000-8000-0000000000\(10 + number)",
                        guestName: "guest\(number)",
                        path: "\(host.pool)/disk\(number).qcow2",
                        kind: .overlay
                    )
                )
                let staging = GuestStaging(stager: host.stager)
                group.addTask { try await staging.fulfil(need, progress: DownloadProgress()) }
            }
            try await group.waitForAll()
        }
        #expect(host.fetcher.fetches == 1)
        #expect(try host.poolNames.count == 51)
        #expect(try host.maintenance.disks(on: template.id).count == 50)
    }
}
