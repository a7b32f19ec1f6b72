import Foundation
import Provisioning
import StateStore
import Synchronization
import TestSupport
import Testing

@testable import Operations

@Suite("certificates that could not be installed")
struct CertificateBackOffTests {
    private final class FakeTrust: CertificateInstaller {
        let state = Mutex((installs: 0, problem: String?.none))
        let meanwhile = Mutex<(@Sendable () throws -> Void)?>(nil)

        func install(_ contents: TrustStore.Contents) throws -> TrustStore.Drift {
            if let meanwhile = meanwhile.withLock({ $0 }) { try meanwhile() }
            try state.withLock { state in
                state.installs += 1
                if let problem = state.problem { throw OperationError(.failure, problem) }
            }
            return TrustStore.Drift()
        }

        var installs: Int { state.withLock { $0.installs } }
        func fail(_ problem: String?) { state.withLock { $0.problem = problem } }
    }

    private final class Setup: Sendable {
        let folder: URL
        let store: StateStore
        let host: HostRecord
        let trust = FakeTrust()
        let time = Mutex(Timestamp.now())

        init(_ folder: URL) throws {
            self.folder = folder
            store = try StateStore(path: folder.appending(path: "state.db").path)
            let zone = try Zones(store: store).zone(named: "default").id
            host = try Zones(store: store).present(id: Zones.hostID(identity: "a"), name: "a", zone: zone)
        }

        var registry: CertificateRegistry { CertificateRegistry(store: store) }

        func pass(isAsked: Bool) throws -> CertificateSync.Report {
            try CertificateSync(
                store: store,
                zone: host.zone,
                host: host.id,
                installer: trust,
                clock: { self.time.withLock { $0 } }
            ).pass(isAsked: isAsked)
        }

        func advance(_ milliseconds: Int) { time.withLock { $0 += milliseconds } }

        func upload(_ alias: String) throws -> CertificateRecord {
            let pem = try TestCertificate.make("/CN=" + alias, in: folder)
            return try registry.upload(pem, alias: alias, zone: host.zone)
        }

        func state(_ record: CertificateRecord) throws -> HostCertificate? { try registry.hosts(of: record)[host.id] }
    }

    private func with(_ body: (Setup) throws -> Void) throws { try withFolder { try body(try Setup($0)) } }

    @Test("are left alone until they are due, and stay visible")
    func waits() throws {
        try with { setup in
            let record = try setup.upload("a")
            setup.trust.fail("no space")
            let first = try setup.pass(isAsked: false)
            #expect(first.failed == ["a"] && setup.trust.installs == 1)
            for pause in [5_000, 10_000, 20_000] {
                let installs = setup.trust.installs
                setup.advance(pause - 1)
                let report = try setup.pass(isAsked: false)
                #expect(report.failed == ["a"] && report.error == "no space" && report.wanted.map(\.alias) == ["a"])
                #expect(report.nextAttempt == setup.time.withLock { $0 } + 1)
                #expect(setup.trust.installs == installs)
                setup.advance(1)
                _ = try setup.pass(isAsked: false)
                #expect(setup.trust.installs == installs + 1)
            }
            #expect(try setup.state(record)?.attempts == 4)
        }
    }

    @Test("are tried at once by a pass that somebody asks for, and by every other way to ask")
    func asked() throws {
        try with { setup in
            let record = try setup.upload("a")
            setup.trust.fail("no space")
            _ = try setup.pass(isAsked: false)
            _ = try setup.pass(isAsked: true)
            #expect(setup.trust.installs == 2)
            try setup.registry.provision(record.id, host: setup.host.id)
            _ = try setup.pass(isAsked: false)
            #expect(try setup.trust.installs == 3 && setup.state(record)?.attempts == 1)
            let other = try setup.upload("b")
            _ = try setup.pass(isAsked: false)
            #expect(setup.trust.installs == 4)
            _ = try setup.registry.revoke(other.id)
            setup.trust.fail(nil)
            let report = try setup.pass(isAsked: false)
            #expect(report.error == nil && report.nextAttempt == nil && setup.trust.installs == 5)
            #expect(try setup.state(record)?.status == .uploaded && setup.state(other)?.status == .revoked)
        }
    }

    @Test("do not wait for ever where the clock was set back")
    func clock() throws {
        try with { setup in
            _ = try setup.upload("a")
            setup.trust.fail("no space")
            _ = try setup.pass(isAsked: false)
            setup.advance(-86_400_000)
            _ = try setup.pass(isAsked: false)
            #expect(setup.trust.installs == 2)
        }
    }

    @Test("what was revoked, provisioned or deleted during a pass is not overwritten by it")
    func meanwhile() throws {
        try with { setup in
            let record = try setup.upload("a")
            setup.trust.meanwhile.withLock { $0 = { _ = try setup.registry.revoke(record.id) } }
            _ = try setup.pass(isAsked: true)
            let revoked = try setup.state(record)
            #expect(revoked?.isWanted == false && revoked?.status == .pending)
            setup.trust.meanwhile.withLock { $0 = { try setup.registry.delete(record.id) } }
            _ = try setup.pass(isAsked: true)
            // A host that has heard of it for the first time has no entry yet.
            let late = try setup.upload("b")
            _ = try setup.store.delete(CertificateRegistry.hostKey(setup.host.zone, late.id, setup.host.id))
            setup.trust.meanwhile.withLock { $0 = { try setup.registry.delete(late.id) } }
            _ = try setup.pass(isAsked: true)
            #expect(try setup.store.range(prefix: "certificate").keyValues.isEmpty)
        }
    }

    @Test("only what is wanted is news, not how it went")
    func news() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hostler-test-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let setup = try Setup(folder)
        let (zone, host) = (setup.host.zone, setup.host.id)
        func news(_ body: () throws -> Void) async throws -> [Bool] {
            let next = try await setup.store.revision() + 1
            try body()
            for try await response in try setup.store.watch(prefix: "certificate", fromRevision: next) {
                return response.events.map { CertificateSync.isNews($0, zone: zone, host: host) }
            }
            return []
        }
        let record = try setup.upload("a")
        setup.trust.fail("no space")
        #expect(try await news { _ = try setup.pass(isAsked: true) } == [false])
        #expect(try await news { try setup.registry.provision(record.id, host: host) } == [true])
        let other = Zones.hostID(identity: "b")
        _ = try Zones(store: setup.store).present(id: other, name: "b", zone: zone)
        #expect(try await news { try setup.registry.provision(record.id, host: other) } == [false])
        #expect(try await news { _ = try setup.registry.revoke(record.id, host: host) } == [true])
        #expect(try await news { try setup.registry.delete(record.id) }.contains(true))
    }
}
