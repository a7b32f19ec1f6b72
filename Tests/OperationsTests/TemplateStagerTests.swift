import Foundation
import Provisioning
import TestSupport
import Testing

@testable import Operations

@Suite("staging of templates")
struct TemplateStagerTests {
    private func failure(_ body: () async throws -> some Any) async throws -> DownloadError {
        do { _ = try await body() } catch let error as DownloadError { return error }
        throw Command.Failed("it did not fail")
    }

    /// Comes back when `count` fetches have begun.
    private func waitForFetches(_ host: TemplateHost, _ count: Int) async throws {
        for _ in 0..<6000 where host.fetcher.fetches < count { try await Task.sleep(for: .milliseconds(20)) }
        try #require(host.fetcher.fetches >= count)
    }

    @Test("a failure is written down, and when it is tried again where that may help", arguments: [true, false])
    func failed(isTemporary: Bool) async throws {
        let host = try TemplateHost()
        let template = try host.template()
        host.fetcher.set { $0.failure = DownloadError(.status, "the server says 404", isTemporary: isTemporary) }
        for attempts in 1...2 {
            let error = try await failure { try await host.stager.stage(template, in: host.pool) }
            #expect(error.message == "the server says 404")
            let copy = try #require(try host.records.copy(template.id, host.pool))
            #expect(copy.state == .failed)
            #expect(copy.error == "the server says 404")
            #expect(copy.stage == "could not be staged: the server says 404")
            #expect(copy.attempts == attempts)
            #expect(copy.owner == nil)
            #expect((copy.nextAttempt != nil) == isTemporary)
        }
        // Whoever asks later has it tried again.
        #expect(host.fetcher.fetches == 2)
        host.fetcher.set { $0.failure = nil }
        let copy = try await host.stager.stage(template, in: host.pool)
        #expect(copy.state == .ready && copy.error == nil && copy.attempts == 0 && copy.nextAttempt == nil)
    }

    @Test("pauses between attempts are doubled up to an hour")
    func pauses() {
        #expect(
            [0, 1, 2, 3, 99].map { TemplateCopy.pause(afterAttempts: $0) } == [
                30_000, 30_000, 60_000, 120_000, 3_600_000,
            ]
        )
    }

    @Test("fifty at once, of two processes: one fetch, and all get the copy")
    func many() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        host.fetcher.set { $0.isHeld = true }
        let stagers = [host.stager, try host.other()]
        let copies = try await withThrowingTaskGroup(of: TemplateCopy.self) { group in
            for number in 0..<50 {
                group.addTask { try await stagers[number % 2].stage(template, in: host.pool) }
            }
            try await waitForFetches(host, 1)
            host.fetcher.set { $0.isHeld = false }
            var copies: [TemplateCopy] = []
            for try await copy in group { copies.append(copy) }
            return copies
        }
        #expect(host.fetcher.fetches == 1)
        #expect(copies.count == 50)
        #expect(copies.allSatisfy { $0.state == .ready && $0.path == "\(host.pool)/debian-1.raw" })
    }

    @Test("another process follows the progress, and gets the failure that it has waited for")
    func follows() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        host.fetcher.set {
            $0.isHeld = true
            $0.failure = DownloadError(.checksum, "the checksum is wrong")
        }
        let first = Task { try await host.stager.stage(template, in: host.pool) }
        try await waitForFetches(host, 1)
        let other = try host.other()
        let progress = DownloadProgress()
        let second = Task { try await other.stage(template, in: host.pool, progress: progress) }
        for _ in 0..<6000 where progress.snapshot.percent != 43 { try await Task.sleep(for: .milliseconds(20)) }
        #expect(progress.snapshot.percent == 43)
        #expect(try host.records.copy(template.id, host.pool)?.stage == "is 43 % staged")
        host.fetcher.set { $0.isHeld = false }
        #expect(try await failure { try await first.value }.message == "the checksum is wrong")
        #expect(try await failure { try await second.value }.message == "the checksum is wrong")
        #expect(host.fetcher.fetches == 1)
    }

    @Test("cancelled: it is queued, and who waits goes on with it")
    func cancelled() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        host.fetcher.set { $0.isHeld = true }
        let first = Task { try await host.stager.stage(template, in: host.pool) }
        try await waitForFetches(host, 1)
        first.cancel()
        #expect(try await failure { try await first.value }.code == .cancelled)
        let copy = try #require(try host.records.copy(template.id, host.pool))
        #expect(copy.state == .queued && copy.owner == nil && copy.error == nil)
        let second = Task { try await host.stager.stage(template, in: host.pool) }
        try await waitForFetches(host, 2)
        let third = Task { try await host.stager.stage(template, in: host.pool) }
        second.cancel()
        _ = await second.result
        host.fetcher.set { $0.isHeld = false }
        #expect(try await third.value.state == .ready)
        #expect(host.fetcher.fetches == 3)
    }

    @Test("left by a process that died: queued, and staged by the next one")
    func died() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        try host.records.change(template.id, host.pool) { copy in
            copy.state = .staging
            copy.owner = ProcessIdentity(boot: "another", pid: 1, start: "1")
        }
        let left = try #require(try host.records.copy(template.id, host.pool))
        #expect(left.effectiveState == .queued && left.stage == "waits to be staged")
        #expect(try await host.stager.stage(template, in: host.pool).state == .ready)
    }

    @Test("a process that died when the file had its name: it is ready, and what is left is cleared away")
    func diedAtTheEnd() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        let whole = try await host.stager.stage(template, in: host.pool)
        let image = FetchedImage(
            file: try #require(whole.file),
            format: .raw,
            virtualSize: 65_536,
            fileSize: 65_536,
            sourceDigests: [],
            imageDigest: try #require(whole.imageDigest),
            validator: nil
        )
        let gone = ProcessIdentity(boot: "another", pid: 1, start: "1")
        for isNamed in [true, false] {
            try host.records.removeCopy(template.id, host.pool)
            _ = try #require(try PartialFile.open(in: host.pool, id: template.id))
            for owner in [ProcessIdentity.current, gone] {
                try host.records.change(template.id, host.pool) { copy in
                    (copy.state, copy.owner, copy.arriving) = (.staging, owner, image)
                }
                if !isNamed, owner == gone { try FileManager.default.removeItem(atPath: "\(host.pool)/\(image.file)") }
                let left = try #require(try host.records.copies(of: template.id).first)
                let expected: TemplateCopy.State = owner == gone ? isNamed ? .ready : .queued : .staging
                #expect(left.effectiveState == expected)
            }
            let staged = try await host.stager.stage(template, in: host.pool)
            #expect(staged.state == .ready && staged.arriving == nil && staged.formerFiles == [])
            #expect(host.fetcher.fetches == (isNamed ? 1 : 2))
            #expect(try !isNamed || host.poolNames == [image.file])
        }
    }

    @Test("a process that died while it asked for a newer one: what was there is good")
    func diedRefreshing() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        _ = try await host.stager.stage(template, in: host.pool)
        try host.records.change(template.id, host.pool) { copy in
            (copy.state, copy.owner) = (.staging, ProcessIdentity(boot: "another", pid: 1, start: "1"))
        }
        #expect(try host.records.copy(template.id, host.pool)?.state == .ready)
        _ = try await host.stager.stage(template, in: host.pool)
        #expect(host.fetcher.fetches == 1)
    }

    @Test("what fails once the file has its name: the file is known, and the former one with it")
    func failedLate() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        host.fetcher.set { $0.lateFailure = DownloadError(.fileSystem, "the folder cannot be synced") }
        let first = try await failure { try await host.stager.stage(template, in: host.pool) }
        #expect(first.message == "the folder cannot be synced")
        #expect(try host.records.copy(template.id, host.pool)?.path == "\(host.pool)/debian-1.raw")
        host.fetcher.set { ($0.isUnchanged, $0.byte) = (false, 2) }
        _ = try await failure { try await host.stager.stage(template, in: host.pool, isRefreshing: true) }
        for _ in 1...2 {
            let copy = try #require(try host.records.copy(template.id, host.pool))
            #expect(copy.state == .ready && copy.file == "debian-2.raw" && copy.formerFiles == ["debian-1.raw"])
            _ = try await host.stager.stage(template, in: host.pool)
        }
        #expect(host.fetcher.fetches == 2)
        try host.maintenance.remove(template)
        #expect(try host.poolNames == [])
    }

    @Test("whoever has the lock knows that nobody is at it, whatever is written")
    func notWrittenDown() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        let whole = try await host.stager.stage(template, in: host.pool)
        try host.records.change(template.id, host.pool) { ($0.state, $0.owner) = (.staging, .current) }
        #expect(try await host.stager.stage(template, in: host.pool).file == whole.file)
        #expect(host.fetcher.fetches == 1)
    }

    @Test("a file that is gone, or of another size, is staged again")
    func gone() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        let path = try #require(try await host.stager.stage(template, in: host.pool).path)
        #expect(try await host.stager.stage(template, in: host.pool).path == path)
        #expect(host.fetcher.fetches == 1)
        try FileManager.default.removeItem(atPath: path)
        #expect(try host.stager.want(template, TemplatePlace(folder: host.pool)).state == .queued)
        _ = try await host.stager.stage(template, in: host.pool)
        try Data("short".utf8).write(to: URL(filePath: path))
        _ = try await host.stager.stage(template, in: host.pool)
        #expect(host.fetcher.fetches == 3)
    }

    @Test("refreshed where its source has changed alone, and back again")
    func refresh() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        _ = try await host.stager.stage(template, in: host.pool)
        for same in [true, nil] {
            host.fetcher.set { $0.isUnchanged = same }
            _ = try await host.stager.stage(template, in: host.pool, isRefreshing: true)
        }
        #expect(host.fetcher.fetches == 1)
        host.fetcher.set { ($0.isUnchanged, $0.byte) = (false, 2) }
        let new = try await host.stager.stage(template, in: host.pool, isRefreshing: true)
        #expect(new.file == "debian-2.raw" && new.formerFiles == ["debian-1.raw"])
        #expect(try host.poolNames == ["debian-1.raw", "debian-2.raw"])
        // What is the copy again is no former file: nobody is to remove it.
        host.fetcher.set { $0.byte = 1 }
        let back = try await host.stager.stage(template, in: host.pool, isRefreshing: true)
        #expect(back.file == "debian-1.raw" && back.formerFiles == ["debian-2.raw"])
        for leftover in try host.maintenance.leftovers(guests: []) { try leftover.remove() }
        #expect(try host.poolNames == ["debian-1.raw"])
    }

    @Test("a refresh that fails leaves the copy that is there to guests")
    func refreshFails() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        _ = try await host.stager.stage(template, in: host.pool)
        host.fetcher.set { ($0.isUnchanged, $0.isHeld) = (false, true) }
        let refresh = Task { try await host.stager.stage(template, in: host.pool, isRefreshing: true) }
        try await waitForFetches(host, 2)
        host.fetcher.set { ($0.failure, $0.isHeld) = (DownloadError(.status, "the server says 500"), false) }
        #expect(try await failure { try await refresh.value }.message == "the server says 500")
        let copy = try #require(try host.records.copy(template.id, host.pool))
        #expect(copy.state == .ready && copy.error == "the server says 500" && copy.nextAttempt == nil)
    }

    @Test("removed while somebody waited for it: not fetched for nobody")
    func removed() async throws {
        let host = try TemplateHost()
        let template = try host.template()
        try host.records.remove(template.id)
        let error = try await failure { try await host.stager.stage(template, in: host.pool) }
        #expect(error.message == "template 'debian' was removed meanwhile; name it anew")
        #expect(host.fetcher.fetches == 0)
        #expect(try host.records.copies().isEmpty)
    }
}
