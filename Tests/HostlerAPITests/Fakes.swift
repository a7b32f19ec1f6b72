import Foundation
import StateStore
import Synchronization

@testable import HostlerAPI

/// A clock that stands still unless told: at 2026-11-20T21:54:42 UTC.
final class FakeClock: Sendable {
    private let moment = Mutex(1_795_211_682_000)

    var now: Int { moment.withLock { $0 } }
    var clock: APIClock { APIClock { self.now } }
    func advance(seconds: Int) { moment.withLock { $0 += seconds * 1000 } }
}

/// The ids that fakes have; what is made anew has others.
enum ID {
    static let zone = "00000000-0000-4000-8000-00000000000a"
    static let host = "00000000-0000-4000-8000-00000000000b"
    static let web = "00000000-0000-4000-8000-000000000011"
    static let database = "00000000-0000-4000-8000-000000000012"
    static let old = "00000000-0000-4000-8000-000000000013"
    static let certificate = "00000000-0000-4000-8000-000000000021"
    static let debian = "00000000-0000-4000-8000-000000000031"
    static let alpine = "00000000-0000-4000-8000-000000000032"
    static let rescue = "00000000-0000-4000-8000-000000000033"
    static let drivers = "00000000-0000-4000-8000-000000000034"
    static let server = "00000000-0000-4000-8000-0000000000ff"
    static func job(_ number: Int) -> String { "00000000-0000-4000-8000-00000000f\(100 + number)" }
}

struct FakeError: Error, CustomStringConvertible {
    let description: String
}

/// Guests that do at once what they are told, or fail with what they are told to fail with.
final class FakeGuests: GuestsService, GuestLifecycleService, GuestDataService {
    struct State {
        var guests: [GuestInfo]
        var calls: [String] = []
        var failure: (any Error)?
    }

    let state: Mutex<State>
    /// What a start waits for.
    let gate = Gate()

    init() {
        let nics = [
            GuestInfo.NIC(mac: "52:54:00:00:00:01", network: "default", addresses: ["192.168.122.5", "fe80::1"]),
            GuestInfo.NIC(mac: "52:54:00:00:00:02"),
        ]
        let held = GuestInfo.Artefact(role: "httpsisoboot", source: "https://h/a.iso?x=<1>&y", since: 1_795_211_600_000)
        state = Mutex(
            State(guests: [
                GuestInfo(
                    uuid: ID.web,
                    name: "web",
                    title: "The \"web\" & more",
                    state: "paused",
                    reason: "I/O error",
                    since: 1_795_211_600_000,
                    created: 1_795_000_000_000,
                    cpus: 2,
                    memory: 2048,
                    hostID: ID.host,
                    nics: nics,
                    artefacts: [held]
                ),
                GuestInfo(uuid: ID.database, name: "database", state: "stopped", hostID: ID.host),
                GuestInfo(uuid: ID.old, name: "old", state: "gone", hostID: ID.host),
            ])
        )
    }

    var calls: [String] { state.withLock { $0.calls } }
    func fail(with error: (any Error)?) { state.withLock { $0.failure = error } }
    func setState(_ uuid: String, _ new: String) {
        state.withLock { state in
            for index in state.guests.indices where state.guests[index].uuid == uuid { state.guests[index].state = new }
        }
    }

    private func call(_ text: String) throws {
        try state.withLock { state in
            state.calls.append(text)
            if let failure = state.failure { throw failure }
        }
    }

    func list() async throws -> [GuestInfo] { state.withLock { $0.guests } }
    func guest(_ uuid: String) async throws -> GuestInfo? { try await list().first { $0.uuid == uuid } }

    func start(_ uuid: String, once: [String: String], progress: @Sendable (String) -> Void) async throws {
        progress("trying the URL")
        try await gate.pass()
        try call("start \(uuid) \(once.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })")
        setState(uuid, "running")
    }

    func stop(_ uuid: String, forced: Bool, progress: @Sendable (String) -> Void) async throws {
        try call("stop \(uuid) \(forced)")
        setState(uuid, "stopped")
    }

    func reboot(_ uuid: String, forced: Bool, progress: @Sendable (String) -> Void) async throws {
        try call("reboot \(uuid) \(forced)")
    }

    func updateUserData(_ uuid: String, _ data: [UInt8]) async throws {
        try call("userdata \(uuid) \(String(decoding: data, as: UTF8.self))")
    }

    func resetPassword(_ uuid: String, _ password: String?) async throws -> String {
        try call("password \(uuid) \(password ?? "-")")
        return password ?? "generated1"
    }

    func resetSSHKeys(_ uuid: String, _ keys: [String]) async throws { try call("keys \(uuid) \(keys)") }
}

/// Lets everybody through, or nobody until it is opened.
final class Gate: Sendable {
    private let isOpen = Mutex(true)
    func close() { isOpen.withLock { $0 = false } }
    func open() { isOpen.withLock { $0 = true } }
    func pass() async throws { while !isOpen.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) } }
}

struct FakeZones: ZonesService {
    var all = [ZoneInfo(id: ID.zone, name: "default", description: "this host")]

    func zones() async throws -> [ZoneInfo] { all }
    func hosts() async throws -> [HostInfo] {
        [
            HostInfo(
                id: ID.host,
                name: "kvm1",
                zoneID: ID.zone,
                address: "192.0.2.1",
                hypervisorVersion: "7.2.0",
                version: "0.1.0",
                cpus: 8,
                cpuSpeed: 2400,
                memory: 34_359_738_368,
                created: 1_790_000_000_000,
                lastSeen: 1_795_211_682_000
            )
        ]
    }
}

final class FakeCertificates: CertificatesService, CertificateHostsService {
    let all: Mutex<[CertificateInfo]>

    init() { all = Mutex([Self.certificate(ID.certificate, "ca")]) }

    private static func certificate(_ id: String, _ alias: String) -> CertificateInfo {
        CertificateInfo(
            id: id,
            alias: alias,
            zoneID: ID.zone,
            subject: "CN=Test CA,O=Tests & Co",
            issuer: "CN=Test CA,O=Tests & Co",
            serialNumber: "4096",
            notBefore: 1_790_000_000_000,
            notAfter: 1_890_000_000_000,
            fingerprint: "ab12",
            hosts: [HostCertificateInfo(hostID: ID.host, hostName: "kvm1", status: "UPLOADED", attempts: 1)]
        )
    }

    func list() async throws -> [CertificateInfo] { all.withLock { $0 } }

    func upload(_ text: String, alias: String, zoneID: String, hostID: String?) async throws -> CertificateInfo {
        guard text.contains("BEGIN CERTIFICATE") else { throw APIError(.parameter, "the certificate is not in PEM") }
        let new = Self.certificate("00000000-0000-4000-8000-000000000022", alias)
        all.withLock { $0.append(new) }
        return new
    }

    func replace(_ id: String, _ text: String) async throws -> CertificateInfo {
        var new = Self.certificate(id, "ca")
        new.serialNumber = "4097"
        all.withLock { all in all = all.map { $0.id == id ? new : $0 } }
        return new
    }

    func delete(_ id: String) async throws { all.withLock { $0.removeAll { $0.id == id } } }

    func provision(_ id: String, hostID: String) async throws -> HostCertificateInfo {
        HostCertificateInfo(hostID: hostID, hostName: "kvm1", status: "FAILED", details: "no room", attempts: 2)
    }

    func revoke(_ id: String, hostID: String?) async throws -> [HostCertificateInfo] {
        all.withLock { all in
            for index in all.indices where all[index].id == id { all[index].isRevoked = true }
        }
        return [HostCertificateInfo(hostID: ID.host, hostName: "kvm1", status: "REVOKED")]
    }
}

final class FakeEvents: EventsService {
    let all = Mutex<[EventInfo]>(
        (1...3).map { number in
            EventInfo(
                id: "000\(number)",
                sequence: number,
                type: number == 2 ? "VM.PAUSE" : "VM.START",
                level: number == 2 ? "WARN" : "INFO",
                description: "event \(number)",
                created: 1_795_000_000_000 + number * 86_400_000,
                source: "libvirt",
                resourceType: "VirtualMachine",
                resourceID: ID.web,
                resourceName: "web"
            )
        }
    )

    func list(_ filter: EventFilter, offset: Int, limit: Int?) async throws -> (events: [EventInfo], total: Int) {
        let found = all.withLock { $0 }.filter(filter.matches)
        let ordered = filter.after == nil ? found.reversed() : found
        let rest = ordered.dropFirst(offset)
        return (Array(limit.map { rest.prefix($0) } ?? rest), ordered.count)
    }

    func waitForEvent(after: Int, for duration: Duration) async throws {
        all.withLock { all in
            var event = all[0]
            (event.id, event.sequence) = ("0004", 4)
            all.append(event)
        }
    }
}

final class FakeConfiguration: ConfigurationService {
    private let items = Mutex([
        ConfigurationItem(
            name: "trust.system",
            value: "false",
            defaultValue: "false",
            description: "whether the system trusts the certificates too",
            category: "trust",
            type: "Boolean"
        ),
        ConfigurationItem(
            name: "tls.key",
            value: nil,
            description: "the key's file",
            category: "tls",
            isDynamic: false
        ),
    ])

    func list() async throws -> [ConfigurationItem] { items.withLock { $0 } }

    func update(_ name: String, _ value: String) async throws -> ConfigurationItem {
        try items.withLock { items in
            guard let index = items.firstIndex(where: { $0.name == name }) else {
                throw APIError(.parameter, "there is no setting '\(name)'")
            }
            items[index].value = value
            return items[index]
        }
    }
}
