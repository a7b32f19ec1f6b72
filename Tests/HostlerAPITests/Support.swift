import Foundation
import Operations
import StateStore
import Testing

@testable import HostlerAPI

/// An API over fakes, with a state of its own.
struct TestAPI {
    let store: StateStore
    let time = FakeClock()
    let guests = FakeGuests()
    let certificates = FakeCertificates()
    let templates = FakeTemplates()
    let events = FakeEvents()
    var zones = FakeZones()
    let keys: APIKeys
    var settings = APISettings(version: "0.1.0", serverID: ID.server, serverName: "kvm1")
    let owner: ProcessIdentity
    let runner: JobRunner

    /// - Parameter owner: the process that it seems to run in.
    init(store: StateStore, owner: ProcessIdentity = .current, limit: Int = 2) {
        self.store = store
        self.owner = owner
        keys = APIKeys(store: store, clock: time.clock)
        runner = JobRunner(jobs: Jobs(store: store), settings: settings, limit: limit, clock: time.clock, owner: owner)
    }

    var context: APIContext {
        APIContext(
            settings: settings,
            guests: guests,
            lifecycle: guests,
            guestData: guests,
            zones: zones,
            certificates: certificates,
            certificateHosts: certificates,
            templates: templates,
            events: events,
            configuration: FakeConfiguration(),
            sshKeyPairs: SSHKeyPairs(store: store, clock: time.clock),
            jobs: runner
        )
    }

    var server: APIServer {
        APIServer(
            context,
            authenticators: [
                PeerCredentials(userName: { $0 == 1000 ? "ada" : nil }),
                APIKeyAuthenticator(keys, requiresExpiry: settings.requiresExpiry, clock: time.clock),
            ],
            replays: ReplayGuard(store: store, window: settings.replayWindow, clock: time.clock)
        )
    }

    /// From root at the local socket.
    func get(_ query: String, uid: UInt32 = 0) async -> APIResponse {
        await server.respond(to: APIRequest(query: query, origin: .local(uid: uid, gid: 0, pid: 1)))
    }

    func getJSON(_ query: String) async throws -> [String: Any] { try await get(query + "&response=json").members() }

    /// From a client far away.
    func getRemote(_ query: String) async -> APIResponse {
        await server.respond(to: APIRequest(query: query, origin: .remote(address: "192.0.2.9")))
    }

    /// Signs as `cs` does.
    func sign(_ query: String, _ record: APIKeyRecord, expires: Int? = 600) throws -> String {
        var query = "\(query)&response=json&apiKey=\(record.apiKey)"
        if let expires {
            let moment = APIDate.text(time.now + expires * 1000).replacing("+", with: "%2B")
            query += "&signatureVersion=3&expires=\(moment)"
        }
        let parameters = try RequestParameters(APIRequest(query: query, origin: .remote(address: "")))
        let signature = RequestSignature.sign(CanonicalForm.cs.text(parameters.all), secretKey: record.secretKey)
        return query + "&signature=" + signature.replacing("+", with: "%2B").replacing("=", with: "%3D")
    }
}

func withAPI(
    owner: ProcessIdentity = .current,
    limit: Int = 2,
    _ body: (TestAPI) async throws -> Void
) async throws {
    try await withStore { try await body(TestAPI(store: $0, owner: owner, limit: limit)) }
}

func withStore(_ body: (StateStore) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "hostler-test-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try StateStore(path: folder.appending(path: "state/state.db").path)
    try await body(store)
    try store.close()
}

extension APIResponse {
    var text: String { String(decoding: body, as: UTF8.self) }

    /// What stands under the answer's one name.
    func members() throws -> [String: Any] {
        let object = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
        #expect(object.count == 1)
        return try #require(object.values.first as? [String: Any])
    }

    func error() throws -> String { try #require(try members()["errortext"] as? String) }
}

/// Asks again until it is so, for a minute at most.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<6000 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("waited a minute for \(what)")
}
