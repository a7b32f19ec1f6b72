import Foundation
import Provisioning
import StateStore
import Synchronization
import TestSupport
import Testing

@testable import Operations

/// Two hosts of a zone in one process, with one state, as an etcd would give them.
@Suite("certificates of a zone")
struct CertificateSyncTests {
    /// A host's trust, in memory.
    private final class FakeTrust: CertificateInstaller {
        let state = Mutex((contents: TrustStore.Contents(), problem: String?.none))

        func install(_ contents: TrustStore.Contents) throws -> TrustStore.Drift {
            try state.withLock { state in
                if let problem = state.problem { throw OperationError(.failure, problem) }
                var drift = TrustStore.Drift()
                drift.missing = contents.filter { state.contents[$0.key] != $0.value }.map(\.key).sorted()
                state.contents = contents
                return drift
            }
        }

        var aliases: [String] { state.withLock { $0.contents.keys.sorted() } }
        func fail(_ problem: String?) { state.withLock { $0.problem = problem } }
        func forget() { state.withLock { $0.contents = [:] } }
    }

    private final class Setup {
        let store: StateStore
        let registry: CertificateRegistry
        let zone: String
        let hosts: [HostRecord]
        let trusts = [FakeTrust(), FakeTrust()]
        /// A minute ahead, so that certificates that are made later are valid by then.
        let time = Mutex(Int(Date().timeIntervalSince1970 * 1000) + 60_000)
        let syncs: [CertificateSync]

        init(_ folder: URL) throws {
            store = try StateStore(path: folder.appending(path: "state.db").path)
            let zones = Zones(store: store)
            zone = try zones.zone(named: "default").id
            hosts = try ["a", "b"].map { [zone] in
                try zones.present(id: Zones.hostID(identity: $0), name: $0, zone: zone)
            }
            let clock: @Sendable () -> Int = { [time = Clock(time.withLock { $0 })] in time.now }
            registry = CertificateRegistry(store: store, clock: clock)
            syncs = zip(hosts, trusts).map { [store, zone] host, trust in
                CertificateSync(store: store, zone: zone, host: host.id, installer: trust, clock: clock)
            }
        }

        /// What a host is said to have.
        func status(_ record: CertificateRecord, _ host: Int) throws -> HostCertificate? {
            try registry.hosts(of: record)[hosts[host].id]
        }
    }

    private struct Clock: Sendable {
        let now: Int
        init(_ now: Int) { self.now = now }
    }

    private func with(_ body: (Setup, _ pem: (String) throws -> String) throws -> Void) throws {
        try withFolder { folder in
            try body(try Setup(folder)) { subject in
                try TestCertificate.make("/CN=" + subject, in: folder)
            }
        }
    }

    @Test("a host that fails is said to have failed, is tried again, and does not keep the other from it")
    func failure() throws {
        try with { setup, pem in
            let record = try setup.registry.upload(try pem("A"), alias: "a", zone: setup.zone)
            setup.trusts[1].fail("no space")
            #expect(try setup.syncs[0].pass().installed == ["a"])
            let report = try setup.syncs[1].pass()
            #expect(report.failed == ["a"] && report.error == "no space" && report.nextAttempt != nil)
            #expect(try setup.status(record, 0)?.status == .uploaded)
            let failed = try setup.status(record, 1)
            #expect(failed?.status == .failed && failed?.attempts == 1 && failed?.lastError == "no space")
            _ = try setup.syncs[1].pass()
            #expect(try setup.status(record, 1)?.attempts == 2)
            setup.trusts[1].fail(nil)
            #expect(try setup.syncs[1].pass().installed == ["a"])
            #expect(try setup.status(record, 1)?.status == .uploaded)
            #expect(setup.trusts.allSatisfy { $0.aliases == ["a"] })
        }
    }

    @Test("revoked while a host is away: it takes it out when it is back, and it is not given back by itself")
    func revoked() throws {
        try with { setup, pem in
            let record = try setup.registry.upload(try pem("A"), alias: "a", zone: setup.zone)
            for sync in setup.syncs { _ = try sync.pass() }
            #expect(try setup.registry.revoke(record.id).count == 2)
            #expect(try setup.syncs[0].pass().removed == ["a"])
            #expect(try setup.status(record, 1)?.status == .uploaded)
            #expect(try setup.syncs[1].pass().removed == ["a"])
            #expect(try setup.registry.revoke(record.id).isEmpty)
            for sync in setup.syncs { #expect(try sync.pass() == CertificateSync.Report()) }
            #expect(setup.trusts.allSatisfy { $0.aliases == [] })
        }
    }

    @Test("after a revocation the alias can be used again, with the same certificate and with another one")
    func again() throws {
        try with { setup, pem in
            let (one, two) = (try pem("A"), try pem("B"))
            let record = try setup.registry.upload(one, alias: "a", zone: setup.zone)
            #expect(try setup.registry.upload(one, alias: "A", zone: setup.zone).id == record.id)
            #expect(throws: OperationError.self) { try setup.registry.upload(two, alias: "a", zone: setup.zone) }
            for _ in 0..<2 {
                _ = try setup.registry.revoke(record.id)
                _ = try setup.syncs[0].pass()
                #expect(setup.trusts[0].aliases == [])
                _ = try setup.registry.upload(two, alias: "a", zone: setup.zone)
                _ = try setup.syncs[0].pass()
                #expect(try setup.status(record, 0)?.status == .uploaded)
            }
            _ = try setup.registry.replace(record.id, one)
            _ = try setup.syncs[0].pass()
            let installed = setup.trusts[0].state.withLock { $0.contents["a"]?.first?.subject }
            #expect(installed == "CN=A")
            try setup.registry.delete(record.id)
            _ = try setup.syncs[0].pass()
            #expect(setup.trusts[0].aliases == [])
            #expect(try setup.registry.all().isEmpty)
        }
    }

    @Test("a host that comes later has what its zone has; one host alone may be without")
    func later() throws {
        try with { setup, pem in
            let record = try setup.registry.upload(try pem("A"), alias: "a", zone: setup.zone)
            let zones = Zones(store: setup.store)
            let late = try zones.present(id: Zones.hostID(identity: "c"), name: "c", zone: setup.zone)
            let trust = FakeTrust()
            let sync = CertificateSync(store: setup.store, zone: setup.zone, host: late.id, installer: trust)
            #expect(try sync.pass().installed == ["a"])
            #expect(try setup.registry.revoke(record.id, host: late.id) == [late.id])
            #expect(try sync.pass().removed == ["a"])
            _ = try setup.syncs[0].pass()
            #expect(setup.trusts[0].aliases == ["a"] && trust.aliases == [])
            try setup.registry.provision(record.id, host: late.id)
            #expect(try sync.pass().installed == ["a"])
        }
    }

    @Test("what is on the host's disk is looked at, not what was once written down; what expires soon is told")
    func drift() throws {
        try with { setup, pem in
            _ = try setup.registry.upload(try pem("A"), alias: "a", zone: setup.zone)
            let first = try setup.syncs[0].pass()
            #expect(first.expiring.map(\.subject) == ["CN=A"])
            setup.trusts[0].forget()
            #expect(try setup.syncs[0].pass().wasRepaired)
            #expect(setup.trusts[0].aliases == ["a"])
            #expect(try !setup.syncs[0].pass().wasRepaired)
        }
    }
}
