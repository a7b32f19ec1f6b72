import StateStore
import Testing

@testable import HostlerAPI

@Suite struct ReplayTests {
    private static let start = "command=rebootVirtualMachine&id=\(ID.web)"
    private static let stop = "command=stopVirtualMachine&id=\(ID.web)"

    private func expectReplay(_ response: APIResponse) throws {
        #expect(response.status == 401)
        #expect(try response.error().hasSuffix(": the request was taken already; sign a new one"))
    }

    @Test("what expires is taken once, by any process that has the state")
    func expiring() async throws {
        try await withAPI { api in
            let key = try await api.keys.create(name: "robot")
            let query = try api.sign(Self.start, key)
            #expect(await api.getRemote(query).status == 200)
            try expectReplay(await api.getRemote(query))
            let other = TestAPI(store: api.store)
            try expectReplay(await other.getRemote(query))
            api.time.advance(seconds: 599)
            try expectReplay(await api.getRemote(query))
            #expect(api.guests.calls.count == 1)
            #expect(await api.getRemote(try api.sign(Self.start, key)).status == 200)
        }
    }

    @Test("the same command twice within a second, with another one in between, is no replay; later it is")
    func sameSecond() async throws {
        try await withAPI { api in
            let key = try await api.keys.create(name: "robot")
            let (reboot, stop) = (try api.sign(Self.start, key), try api.sign(Self.stop, key))
            for query in [reboot, stop, reboot] { #expect(await api.getRemote(query).status == 200) }
            try expectReplay(await api.getRemote(reboot))
            api.time.advance(seconds: 2)
            #expect(await api.getRemote(try api.sign(Self.stop, key)).status == 200)
            try expectReplay(await api.getRemote(reboot))
        }
    }

    @Test("written in another way it is the same request")
    func rewritten() async throws {
        try await withAPI { api in
            let key = try await api.keys.create(name: "robot")
            let query = try api.sign(Self.start, key)
            #expect(await api.getRemote(query).status == 200)
            let turned = query.split(separator: "&").reversed().joined(separator: "&")
            try expectReplay(await api.getRemote(turned))
            try expectReplay(await api.getRemote(query.replacing("command=reboot", with: "COMMAND=REBOOT")))
            // Base64 with the bits that its last character does not need.
            let end = try #require(query.firstRange(of: "%3D"))
            let last = query.index(before: end.lowerBound)
            for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
                let changed = "\(query[..<last])\(other)\(query[end.lowerBound...])"
                #expect(await api.getRemote(changed).status == 401)
            }
            #expect(api.guests.calls.count == 1)
        }
    }

    @Test("of many at once one is taken")
    func concurrent() async throws {
        try await withAPI { api in
            let key = try await api.keys.create(name: "robot")
            for expires in [600, nil] {
                let query = try api.sign(Self.start, key, expires: expires)
                let taken = await withTaskGroup(of: Int.self) { group in
                    for _ in 0..<20 { group.addTask { await api.getRemote(query).status } }
                    return await group.reduce(into: 0) { $0 += $1 == 200 ? 1 : 0 }
                }
                #expect(taken == 1)
            }
        }
    }

    @Test("what is good for ever is not taken twice in a row within a minute")
    func lasting() async throws {
        try await withAPI { api in
            let key = try await api.keys.create(name: "robot")
            let reboot = try api.sign(Self.start, key, expires: nil)
            #expect(await api.getRemote(reboot).status == 200)
            try expectReplay(await api.getRemote(reboot))
            api.time.advance(seconds: 59)
            try expectReplay(await api.getRemote(reboot))
            api.time.advance(seconds: 1)
            #expect(await api.getRemote(reboot).status == 200)
        }
    }

    @Test("libcloud's start, stop and start again, whose first and last request are the same")
    func alternating() async throws {
        try await withAPI { api in
            let key = try await api.keys.create(name: "robot")
            let reboot = try api.sign(Self.start, key, expires: nil)
            let stop = try api.sign(Self.stop, key, expires: nil)
            for query in [reboot, stop, reboot, stop] { #expect(await api.getRemote(query).status == 200) }
        }
    }

    @Test("lists and questions about jobs may be repeated")
    func polling() async throws {
        try await withAPI { api in
            let key = try await api.keys.create(name: "robot")
            let start = await api.getRemote(try api.sign(Self.start, key))
            let id = try #require(try start.members()["jobid"] as? String)
            for command in ["command=listZones", "command=queryAsyncJobResult&jobid=\(id)"] {
                for expires in [600, nil] {
                    let query = try api.sign(command, key, expires: expires)
                    for _ in 0..<3 { #expect(await api.getRemote(query).status == 200) }
                }
            }
        }
    }

    @Test("a request that was refused for its parameters may be sent again")
    func refusedFirst() async throws {
        try await withAPI { api in
            let key = try await api.keys.create(name: "robot")
            let query = try api.sign("command=rebootVirtualMachine", key)
            for _ in 0..<2 { #expect(await api.getRemote(query).status == 431) }
        }
    }

    @Test("a repeated request for a job with an id of the caller's gives that job")
    func injected() async throws {
        try await withAPI { api in
            let key = try await api.keys.create(name: "robot")
            let query = try api.sign("\(Self.start)&injectedjobid=\(ID.job(1))", key)
            for _ in 0..<2 {
                let response = await api.getRemote(query)
                #expect(try response.members()["jobid"] as? String == ID.job(1))
            }
            #expect(api.guests.calls.count == 1)
        }
    }

    @Test("nothing is kept of requests that have expired, or of key pairs that are revoked")
    func forgotten() async throws {
        try await withAPI { api in
            let key = try await api.keys.create(name: "robot")
            _ = await api.getRemote(try api.sign(Self.start, key))
            _ = await api.getRemote(try api.sign(Self.start, key, expires: nil))
            let kept = try await api.store.range(prefix: "apireplay/").keyValues
            #expect(kept.count == 2)
            #expect(kept.filter { $0.lease != nil }.count == 1)
            let lease = try await api.store.timeToLive(try #require(kept.compactMap(\.lease).first))
            #expect(lease.grantedTTL == 601)
            try await api.keys.revoke("robot")
            #expect(try await api.store.range(prefix: "apireplay/").keyValues.isEmpty)
        }
    }
}
