import Operations
import Provisioning
import Synchronization

@testable import HostlerAPI

/// Templates and ISOs in memory, or what it is told to fail with.
final class FakeTemplates: TemplatesService {
    struct State {
        var all: [TemplateInfo]
        var registrations: [TemplateRegistration] = []
        var calls: [String] = []
        var failure: (any Error)?
    }

    let state: Mutex<State>

    init() {
        let created = 1_795_000_000_000
        state = Mutex(
            State(all: [
                TemplateInfo(
                    id: ID.debian,
                    name: "debian",
                    displayText: "Debian \"12\" & more",
                    kind: .template,
                    url: "https://images.example/debian.qcow2",
                    checksum: "{SHA-256}ab12",
                    format: "QCOW2",
                    size: 10_737_418_240,
                    physicalSize: 402_653_184,
                    created: created,
                    pools: [
                        TemplatePoolInfo(
                            pool: "default",
                            poolID: "00000000-0000-4000-8000-000000000051",
                            state: .downloaded,
                            percent: 100,
                            installPath: "/var/lib/libvirt/images/debian",
                            hostName: "kvm1"
                        ),
                        TemplatePoolInfo(pool: "/srv/images", state: .failed, percent: 12, error: "no room"),
                    ],
                    isReady: true,
                    status: "Download Complete",
                    traits: TemplateTraits(
                        zoneIDs: [ID.zone],
                        osTypeID: "00000000-0000-4000-8000-0000000d1005",
                        isPublic: true,
                        isFeatured: true,
                        details: ["rootDiskController": "virtio"]
                    ),
                    headerNames: ["Authorization", "X-Trace"]
                ),
                TemplateInfo(
                    id: ID.alpine,
                    name: "alpine",
                    kind: .template,
                    url: "http://images.example/alpine.raw",
                    format: "RAW",
                    created: created,
                    pools: [TemplatePoolInfo(pool: "default", state: .downloading, percent: 43)],
                    isReady: false,
                    status: "43% Downloaded",
                    traits: TemplateTraits(isPublic: true)
                ),
                TemplateInfo(
                    id: ID.rescue,
                    name: "rescue",
                    kind: .iso,
                    url: "nfs://files.example/rescue.iso",
                    format: "ISO",
                    created: created,
                    pools: [TemplatePoolInfo(pool: "default", state: .bypassed)],
                    isReady: true,
                    status: "Bypassed Secondary Storage",
                    traits: TemplateTraits(isPublic: true)
                ),
                TemplateInfo(
                    id: ID.drivers,
                    name: "drivers",
                    kind: .iso,
                    url: "https://images.example/drivers.iso",
                    format: "ISO",
                    created: created,
                    pools: [TemplatePoolInfo(pool: "default", state: .failed, error: "the server answers with 404")],
                    isReady: false,
                    status: "the server answers with 404",
                    traits: TemplateTraits(isBootable: false)
                ),
            ])
        )
    }

    var calls: [String] { state.withLock { $0.calls } }
    var registrations: [TemplateRegistration] { state.withLock { $0.registrations } }
    func fail(with error: (any Error)?) { state.withLock { $0.failure = error } }

    func list() async throws -> [TemplateInfo] { state.withLock { $0.all } }

    func register(_ registration: TemplateRegistration) async throws -> TemplateInfo {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            state.registrations.append(registration)
            let info = TemplateInfo(
                id: "00000000-0000-4000-8000-00000000003\(state.all.count + 1)",
                name: registration.name,
                displayText: registration.displayText,
                kind: registration.kind,
                url: registration.url,
                checksum: registration.checksum,
                format: registration.format ?? "RAW",
                created: 1_795_211_682_000,
                pools: registration.pool.map { [TemplatePoolInfo(pool: $0, state: .queued)] } ?? [],
                isReady: registration.pool == nil,
                status: registration.pool == nil ? "Bypassed Secondary Storage" : "Processing",
                traits: registration.traits,
                headerNames: registration.headers.map(\.name)
            )
            state.all.append(info)
            return info
        }
    }

    func delete(_ id: String, force: Bool) async throws {
        try state.withLock { state in
            state.calls.append("delete \(id) \(force)")
            if let failure = state.failure { throw failure }
            state.all.removeAll { $0.id == id }
        }
    }
}
