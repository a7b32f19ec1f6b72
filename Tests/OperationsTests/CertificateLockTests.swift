import Foundation
import Provisioning
import StateStore
import Synchronization
import TestSupport
import Testing

@testable import Operations

/// Passes of hostlerd and of `hostler certificate`, which works without it.
@Suite("certificate passes of several processes")
struct CertificateLockTests {
    @Test("one at a time: a pass never takes over what another has not finished")
    func overlap() throws {
        try withFolder { folder in
            let program = folder.appending(path: "update").path
            let script = "cd '\(folder.path)'; touch begun; while [ ! -e go ]; do sleep 0.1; done; exit 1"
            try Command.makeProgram(program, script)
            let path = folder.appending(path: "state.db").path
            let store = try StateStore(path: path)
            let zone = try Zones(store: store).zone(named: "default").id
            let host = try Zones(store: store).present(id: Zones.hostID(identity: "a"), name: "a", zone: zone).id
            let pem = try TestCertificate.make("/CN=A", in: folder)
            let record = try CertificateRegistry(store: store).upload(pem, alias: "a", zone: zone)
            let reports = Mutex<[CertificateSync.Report?]>([])
            let installer = HostTrust(
                folder: folder.appending(path: "trust").path,
                usesSystem: true,
                system: SystemTrust(folder: folder.appending(path: "local").path, program: program)
            )
            @Sendable
            func pass() {
                let report = try? CertificateSync(
                    store: StateStore(path: path),
                    zone: zone,
                    host: host,
                    installer: installer
                ).pass()
                reports.withLock { $0.append(report) }
            }
            Thread.detachNewThread { pass() }
            try wait(for: "the first pass") { FileManager.default.fileExists(atPath: folder.path + "/begun") }
            Thread.detachNewThread { pass() }
            Thread.sleep(forTimeInterval: 1)
            #expect(reports.withLock { $0.isEmpty })
            try Data().write(to: folder.appending(path: "go"))
            try wait(for: "both passes") { reports.withLock { $0.count == 2 } }
            #expect(reports.withLock { $0.map { $0?.failed } } == [["a"], ["a"]])
            #expect(try CertificateRegistry(store: store).hosts(of: record)[host]?.status == .failed)
        }
    }
}
