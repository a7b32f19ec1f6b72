import CoreMetrics
import Foundation
import Logging
import Provisioning
import StateStore
import Synchronization
import TestSupport
import Testing

@testable import HostlerDaemon
@testable import Operations

@Suite("the daemon's certificates")
struct CertificateKeeperTests {
    @Test("a pass that fails is not made again at once because of what it has written down, but when it is due")
    func backOff() async throws {
        try await with { setup in
            setup.trust.fail("no space")
            try await setup.running {
                let record = try setup.upload("a")
                try await setup.wait { try setup.state(record)?.status == .failed }
                try await Task.sleep(for: .seconds(2))
                // The record and the host's entry are two changes; the rest is for a slow machine.
                #expect((1...4).contains(try setup.state(record)?.attempts ?? 0))
                setup.trust.fail(nil)
                try await setup.wait { try setup.state(record)?.status == .uploaded }
                let installs = setup.trust.installs
                try await Task.sleep(for: .seconds(1))
                #expect(setup.trust.installs == installs)
            }
        }
    }

    @Test("a failure of a pass that others have asked for is tried again when it is due")
    func askedFails() async throws {
        try await with { setup in
            try await setup.running {
                try await setup.wait { setup.trust.installs > 0 }
                setup.trust.fail("no space")
                let record = try setup.upload("a")
                await setup.keeper.pass()
                #expect(try setup.state(record)?.status == .failed)
                setup.trust.fail(nil)
                try await setup.wait { try setup.state(record)?.status == .uploaded }
            }
        }
    }

    @Test("what another process asks for is done at once, whatever has failed before")
    func changes() async throws {
        try await with { setup in
            setup.trust.fail("no space")
            let record = try setup.upload("a")
            for _ in 0..<5 { await setup.keeper.pass() }
            let due = try #require(try setup.state(record)?.nextAttempt)
            #expect(due > Timestamp.now() + 60_000)
            try await setup.running {
                try await Task.sleep(for: .seconds(1))
                #expect(setup.trust.installs == 5)
                setup.trust.fail(nil)
                try setup.registry.provision(record.id, host: setup.host.id)
                try await setup.wait { try setup.state(record)?.status == .uploaded }
                // Of what is deleted, no entry is left that could be due.
                let other = try setup.upload("b")
                try await setup.wait { setup.trust.aliases == ["a", "b"] }
                setup.trust.fail("no space")
                for _ in 0..<5 { await setup.keeper.pass() }
                setup.trust.fail(nil)
                try setup.registry.delete(other.id)
                try await setup.wait { setup.trust.aliases == ["a"] }
            }
        }
    }

    @Test("a deletion that fails, of which no entry is left, is tried again too")
    func deletion() async throws {
        try await with { setup in
            let record = try setup.upload("a")
            await setup.keeper.pass()
            setup.trust.fail("no space")
            try setup.registry.delete(record.id)
            let next = try #require(await setup.keeper.pass())
            #expect((1...6_000).contains(next - Timestamp.now()))
            let later = try #require(await setup.keeper.pass())
            #expect((6_000...11_000).contains(later - Timestamp.now()))
        }
    }

    @Test("passes do not overlap, and who asks gets one that began after the question, shared with others")
    func serial() async throws {
        try await with { setup in
            setup.trust.hold(true)
            let record = try setup.upload("a")
            try await withThrowingTaskGroup { group in
                group.addTask { _ = await setup.keeper.pass() }
                try await setup.wait { setup.trust.isBusy }
                _ = try setup.registry.revoke(record.id)
                for _ in 0..<20 {
                    group.addTask {
                        let begun = setup.trust.begun
                        await setup.keeper.pass(isAsked: false)
                        #expect(setup.trust.ended > begun, "the pass that was under way is not enough")
                        let state = try setup.state(record)
                        #expect(state?.status == .revoked && setup.trust.aliases == [])
                    }
                }
                try await Task.sleep(for: .milliseconds(300))
                setup.trust.hold(false)
                try await group.waitForAll()
            }
            #expect(!setup.trust.hasOverlapped)
            #expect((2...10).contains(setup.trust.installs))
        }
    }

    @Test("each certificate's end is measured, that of one that is gone no longer")
    func expiry() async throws {
        try await with { setup in
            func seconds(_ alias: String) -> Int? {
                let name = "hostler_certificate_expiry_seconds{alias=\"\(alias)\"} "
                let line = setup.metrics.text.split(separator: "\n").first { $0.hasPrefix(name) }
                return line.flatMap { Int($0.dropFirst(name.count)) }
            }
            let day = 86_400
            let one = try setup.upload("a", days: 100)
            let two = try setup.upload("b", days: 100)
            await setup.keeper.pass()
            #expect((99 * day...100 * day).contains(seconds("a") ?? 0))
            #expect((99 * day...100 * day).contains(seconds("b") ?? 0))
            let chain = try setup.pem("a", days: 300) + setup.pem("c", days: 200)
            _ = try setup.registry.replace(one.id, chain)
            _ = try setup.registry.revoke(two.id)
            await setup.keeper.pass()
            #expect((199 * day...200 * day).contains(seconds("a") ?? 0))
            #expect(seconds("b") == nil)
            try setup.registry.delete(one.id)
            _ = try setup.upload("b", days: 50)
            await setup.keeper.pass()
            #expect(seconds("a") == nil)
            #expect((49 * day...50 * day).contains(seconds("b") ?? 0))
        }
    }

    /// A host's trust, in memory.
    private final class FakeTrust: CertificateInstaller {
        private struct State {
            var begun = 0
            var ended = 0
            var hasOverlapped = false
            var problem: String?
            var isHeld = false
            var aliases: [String] = []
        }

        private let state = Mutex(State())

        func install(_ contents: TrustStore.Contents) throws -> TrustStore.Drift {
            state.withLock { state in
                if state.begun > state.ended { state.hasOverlapped = true }
                state.begun += 1
            }
            while state.withLock({ $0.isHeld }) { Thread.sleep(forTimeInterval: 0.01) }
            return try state.withLock { state in
                state.ended += 1
                if let problem = state.problem { throw OperationError(.failure, problem) }
                state.aliases = contents.keys.sorted()
                return TrustStore.Drift()
            }
        }

        var begun: Int { state.withLock { $0.begun } }
        var ended: Int { state.withLock { $0.ended } }
        var installs: Int { ended }
        var isBusy: Bool { state.withLock { $0.begun > $0.ended } }
        var hasOverlapped: Bool { state.withLock { $0.hasOverlapped } }
        var aliases: [String] { state.withLock { $0.aliases } }
        func fail(_ problem: String?) { state.withLock { $0.problem = problem } }
        /// Keeps installations from ending.
        func hold(_ isHeld: Bool) { state.withLock { $0.isHeld = isHeld } }
    }

    private struct Setup: Sendable {
        let folder: URL
        let store: StateStore
        let host: HostRecord
        let trust = FakeTrust()
        let metrics = PrometheusMetrics()
        let keeper: CertificateKeeper
        var registry: CertificateRegistry { CertificateRegistry(store: store) }

        init(_ folder: URL) throws {
            self.folder = folder
            store = try StateStore(path: folder.appending(path: "state.db").path)
            let zone = try Zones(store: store).zone(named: "default").id
            host = try Zones(store: store).present(id: Zones.hostID(identity: "a"), name: "a", zone: zone)
            keeper = CertificateKeeper(
                store: store,
                host: host,
                log: EventLog(store: store, keep: 3600),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                metrics: metrics,
                installer: { [trust] _ in trust }
            ) {
                CertificateKeeper.Settings(
                    folder: "/nonexistent",
                    usesSystem: false,
                    interval: .seconds(3600),
                    warning: 86_400_000
                )
            }
        }

        func pem(_ name: String, days: Int = 10) throws -> String {
            try TestCertificate.make("/CN=" + name, days: days, in: folder)
        }

        func upload(_ alias: String, days: Int = 10) throws -> CertificateRecord {
            try registry.upload(try pem(alias, days: days), alias: alias, zone: host.zone)
        }

        func state(_ record: CertificateRecord) throws -> HostCertificate? { try registry.hosts(of: record)[host.id] }

        /// While the keeper runs as in the daemon.
        func running(_ body: @Sendable () async throws -> Void) async throws {
            try await withThrowingTaskGroup { group in
                group.addTask { [keeper] in try await keeper.run() }
                try await Task.sleep(for: .milliseconds(300))
                try await body()
                group.cancelAll()
            }
        }

        /// Asks again until it is so; the seconds bound a failure only.
        func wait(_ condition: () throws -> Bool) async throws {
            let end = ContinuousClock.now + .seconds(120)
            while try !condition() {
                try #require(ContinuousClock.now < end, "waited for a minute")
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    private func with(_ body: (Setup) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hostler-test-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(try Setup(folder))
    }
}
