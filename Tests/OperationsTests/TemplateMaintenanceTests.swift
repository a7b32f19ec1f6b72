import Foundation
import Glibc
import Provisioning
import TestSupport
import Testing

@testable import Operations

@Suite("care for templates")
struct TemplateMaintenanceTests {
    private func prune(
        _ host: TemplateHost,
        guests: Set<String>,
        unused: Bool = false,
        disks: Bool = false
    ) throws -> [String] {
        let found = try host.maintenance.leftovers(guests: guests, unusedCopies: unused, guestDisks: disks)
        for leftover in found { try leftover.remove() }
        return found.map(\.report.reason)
    }

    @Test("not removed while disks are overlays on it, and the guests are named")
    func removeInUse() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        for guest in 1...7 { try await host.make(host.need(template, guest: guest)) }
        let before = try host.poolNames
        let error = #expect(throws: OperationError.self) { try host.maintenance.remove(template) }
        let sentence = try #require(error?.message)
        #expect(sentence.hasPrefix("template 'debian' is what these disks are overlays on: guest1 (\(host.pool)/"))
        #expect(sentence.hasSuffix(" and 2 more; remove them first"))
        #expect(try host.poolNames == before)
        #expect(try host.records.copy(template.id, host.pool)?.state == .ready)
        for guest in 1...7 { try FileManager.default.removeItem(atPath: host.need(template, guest: guest).use.path) }
        try host.maintenance.remove(template)
        #expect(try host.poolNames == [])
        #expect(try host.records.all().isEmpty && host.records.copies().isEmpty)
    }

    @Test("not removed while it is staged, by whomever")
    func removeStaging() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        host.fetcher.set { $0.isHeld = true }
        let other = try host.other()
        let staging = Task { try await other.stage(template, in: host.pool) }
        for _ in 0..<6000 where host.fetcher.fetches < 1 { try await Task.sleep(for: .milliseconds(20)) }
        let sentence =
            "template 'debian' is being staged into \(host.pool) (process \(getpid())); wait for it, or stop that first"
        #expect(throws: OperationError(.failure, sentence)) { try host.maintenance.remove(template) }
        #expect(try prune(host, guests: [], unused: true) == [])
        host.fetcher.set { $0.isHeld = false }
        #expect(try await staging.value.state == .ready)
        #expect(try host.records.template(template.id) == template)
    }

    @Test("what is not as it was left stays: it is somebody else's by now")
    func removeForeign() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        let path = try #require(try await host.stager.stage(template, in: host.pool).path)
        try Data("other".utf8).write(to: URL(filePath: path))
        try Data("mine".utf8).write(to: URL(filePath: "\(host.pool)/mine"))
        try host.maintenance.remove(template)
        #expect(try host.poolNames == ["debian-1.raw", "mine"])
    }

    @Test("a file that two templates share goes with the second of them")
    func shared() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        let iso = try host.template(kind: .iso)
        for each in [template, iso] { _ = try await host.stager.stage(each, in: host.pool) }
        try host.maintenance.remove(iso)
        #expect(try host.poolNames == ["debian-1.raw"])
        try host.maintenance.remove(template)
        #expect(try host.poolNames == [])
    }

    @Test("a byte that has changed is found")
    func verify() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        let copy = try await host.stager.stage(template, in: host.pool)
        try host.maintenance.verify(copy, progress: DownloadProgress())
        let path = try #require(copy.path)
        let file = try FileHandle(forUpdating: URL(filePath: path))
        try file.seek(toOffset: 40_000)
        try file.write(contentsOf: Data([9]))
        try file.close()
        let error = #expect(throws: DownloadError.self) {
            try host.maintenance.verify(copy, progress: DownloadProgress())
        }
        #expect(error?.code == .checksum)
        #expect(error?.message.hasPrefix("\(path) has been changed since it was staged: its sha256 is ") == true)
        // One that was removed meanwhile is not made known again.
        try host.records.removeCopy(template.id, host.pool)
        try Data([UInt8](repeating: 1, count: 65_536)).write(to: URL(filePath: path))
        try host.maintenance.verify(copy, progress: DownloadProgress())
        #expect(try host.records.copies().isEmpty)
        #expect(throws: OperationError(.failure, "it waits to be staged")) {
            try host.maintenance.verify(
                TemplateCopy(template: template.id, folder: host.pool),
                progress: DownloadProgress()
            )
        }
    }

    @Test("what guests have named goes with the last of them, what was registered when that is asked for")
    func prune() async throws {
        let host = try TemplateHost()
        let named = try host.template("named", isRegistered: false)
        let registered = try host.template("registered")
        let need = host.need(named)
        try await host.make(need)
        _ = try await host.stager.stage(registered, in: host.pool)
        #expect(try prune(host, guests: [need.use.guest]) == [])
        // A guest that may be about to be defined.
        #expect(try prune(host, guests: []) == [])
        try host.age()
        // Its disk is there, so what it is an overlay on stays.
        #expect(try prune(host, guests: []) == [])
        try FileManager.default.removeItem(atPath: need.use.path)
        #expect(try prune(host, guests: []) == ["the guest guest1 is not defined", "no guest uses 'named'"])
        #expect(try host.poolNames == ["registered-1.raw"])
        #expect(try host.records.all() == [registered])
        #expect(try prune(host, guests: [], unused: true) == ["no guest uses 'registered'"])
        #expect(try host.poolNames == [])
        #expect(try host.records.all() == [registered])
    }

    @Test("disks of guests that are gone go when that is asked for, but none that was there before us")
    func guestDisks() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        let (ours, foreign) = (host.need(template), host.need(template, guest: 2))
        try Data("mine".utf8).write(to: URL(filePath: foreign.use.path))
        for need in [ours, foreign] { try await host.make(need) }
        try host.age()
        #expect(try prune(host, guests: [], disks: true) == ["the guest guest1 is not defined"])
        #expect(!FileManager.default.fileExists(atPath: ours.use.path))
        #expect(try String(contentsOfFile: foreign.use.path, encoding: .utf8) == "mine")
        // It may be an overlay on the copy, whoever has made it.
        #expect(try host.records.uses().map(\.guestName) == ["guest2"])
    }

    @Test("an overlay that a killed process has not written down keeps what it is on")
    func unrecorded() async throws {
        let host = try TemplateHost()
        let template = try host.template(isRegistered: false)
        let need = host.need(template)
        try await host.make(need)
        try host.records.put(need.use)
        try host.age()
        #expect(try host.records.use(need.use.guest, need.use.path)?.file == nil)
        #expect(throws: OperationError.self) { try host.maintenance.remove(template) }
        try host.files.forget(need.use.guest, but: [])
        #expect(try prune(host, guests: [], unused: true) == [])
        #expect(try host.records.copy(template.id, host.pool)?.state == .ready)
    }

    @Test("an ISO's other name of a guest that was renamed, or whose start was killed, does not stay")
    func links() async throws {
        let host = try TemplateHost()
        let template = try host.template("rescue", kind: .iso)
        let need = host.need(template, .medium)
        try await host.make(need)
        let new = need.use.path + ".new"
        let renamed = TemplateUse(
            template: template.id,
            folder: host.pool,
            guest: need.use.guest,
            guestName: "renamed",
            path: need.use.path,
            kind: .medium
        )
        try await host.make(TemplateNeed(template: template, use: renamed))
        #expect(!FileManager.default.fileExists(atPath: new))
        try FileManager.default.linkItem(atPath: need.use.path, toPath: new)
        try host.files.release(guest: need.use.guest, path: need.use.path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: host.state.mediaFolder) == [])
        try FileManager.default.copyItem(atPath: "\(host.pool)/rescue-1.raw", toPath: new)
        try host.age()
        #expect(try prune(host, guests: []).contains("the guest renamed is not defined"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: host.state.mediaFolder) == [])
    }

    @Test("unfinished images that killed processes have left go with the next disk, and with the template")
    func unfinished() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        func abandon() throws {
            try Data("x".utf8).write(to: URL(filePath: "\(host.pool)/.hostler-disk.0123456789abcdef.image"))
        }
        _ = try await host.stager.stage(template, in: host.pool)
        try abandon()
        try await host.make(host.need(template))
        #expect(try host.poolNames.count == 2)
        try FileManager.default.removeItem(atPath: host.need(template).use.path)
        try abandon()
        try host.maintenance.remove(template)
        #expect(try host.poolNames == [])
    }

    @Test("what a definition names no longer is not made any more; what is made stays")
    func droppedWishes() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        let (made, kept) = (host.need(template), host.need(template, path: "\(host.pool)/kept.qcow2"))
        try await host.make(made)
        let wishes = [
            host.need(template, path: "\(host.pool)/dropped.qcow2"), host.need(template, .medium),
            host.need(template, guest: 2),
        ]
        for need in wishes + [kept] { try host.files.note(need) }
        try host.files.dropWishes(made.use.guest, but: [kept])
        let left = try host.records.uses().map(\.path)
        #expect(Set(left) == [made.use.path, kept.use.path, wishes[2].use.path])
    }

    @Test("a former file is kept while a disk needs it")
    func former() async throws {
        let host = try TemplateHost()
        let need = host.need(try host.template())
        try await host.make(need)
        host.fetcher.set { ($0.isUnchanged, $0.byte) = (false, 2) }
        _ = try await host.stager.stage(need.template, in: host.pool, isRefreshing: true)
        #expect(try prune(host, guests: [need.use.guest]) == [])
        try host.files.checkBacking(need)
        try FileManager.default.removeItem(atPath: need.use.path)
        try host.records.remove(need.use)
        #expect(try prune(host, guests: [need.use.guest]) == ["its source has changed since"])
        #expect(try host.poolNames == ["debian-2.raw"])
    }

    @Test("what downloads have left goes after a day, and nothing of anybody else's")
    func abandoned() async throws {
        let host = try TemplateHost()
        _ = try await host.stager.stage(try host.template(), in: host.pool)
        let kept = [".hidden.part", ".hostler-.part", ".hostler-new.part", "debian.part", "hostler-x.part"]
        let old = [".hostler-x-1.part", ".hostler-x-1.part.json", ".hostler-x.0123456789abcdef.image"]
        for name in kept + old { try Data("x".utf8).write(to: URL(filePath: "\(host.pool)/\(name)")) }
        let before = Date(timeIntervalSinceNow: -90_000)
        for name in kept + old where name != ".hostler-new.part" {
            try FileManager.default.setAttributes([.modificationDate: before], ofItemAtPath: "\(host.pool)/\(name)")
        }
        #expect(
            try prune(host, guests: []) == [
                "nobody has gone on with it for a day", "whoever was making it is not there any more",
            ]
        )
        #expect(try host.poolNames == (kept + ["debian-1.raw"]).sorted())
        #expect(try prune(host, guests: []) == [])
    }
}
