import Testing

@testable import StateStore

@Suite("leases")
struct LeaseTests {
    private func withClock(_ body: (StateStore, FakeClock, () throws -> StateStore) throws -> Void) throws {
        try withFile { file throws in
            let clock = FakeClock()
            let reopen = { try StateStore(path: file, clock: clock.clock, busyMilliseconds: 10_000) }
            try body(reopen(), clock, reopen)
        }
    }

    @Test("the keys of a lease vanish at its end, at one revision, with none of the others")
    func expiry() throws {
        try withClock { store, clock, _ in
            let lease = try store.grant(ttl: 10)
            for key in ["/a", "/b"] { try store.put(key, [1], lease: lease) }
            try store.put("/c", [1])
            #expect(try store.get("/a")?.lease == lease)
            clock.advance(seconds: 9)
            #expect(try store.range(prefix: "").keyValues.count == 3)
            clock.advance(seconds: 1)
            let rest = try store.range(prefix: "")
            #expect(rest.keyValues.map(\.key) == ["/c"])
            #expect(rest.revision == 5)
            #expect(try store.leases() == [])
        }
    }

    @Test("a lease that ends while nobody has the file open has ended for the next who opens it")
    func closedMeanwhile() throws {
        try withClock { store, clock, reopen in
            try store.put("/a", [1], lease: store.grant(ttl: 10))
            try store.close()
            clock.advance(seconds: 10)
            #expect(try reopen().get("/a") == nil)
        }
    }

    @Test("keepAlive begins its time anew")
    func keepAlive() throws {
        try withClock { store, clock, _ in
            let lease = try store.grant(ttl: 10)
            try store.put("/a", [1], lease: lease)
            clock.advance(seconds: 9)
            #expect(try store.keepAlive(lease) == 10)
            clock.advance(seconds: 9)
            #expect(try store.get("/a") != nil)
            clock.advance(seconds: 1)
            #expect(try store.get("/a") == nil)
        }
    }

    @Test("timeToLive tells what is left and what depends on it")
    func timeToLive() throws {
        try withClock { store, clock, _ in
            let lease = try store.grant(ttl: 10)
            for key in ["/b", "/a"] { try store.put(key, [1], lease: lease) }
            clock.advance(seconds: 3)
            #expect(
                try store.timeToLive(lease) == LeaseStatus(id: lease, grantedTTL: 10, ttl: 7, keys: ["/a", "/b"])
            )
        }
    }

    @Test("revoke deletes the keys at once")
    func revoke() throws {
        try withClock { store, _, _ in
            let lease = try store.grant(ttl: 10)
            #expect(try store.revoke(store.grant(ttl: 5)) == 1)
            for key in ["/b", "/a"] { try store.put(key, [1], lease: lease) }
            #expect(try store.revoke(lease) == 4)
            #expect(try store.range(prefix: "").keyValues.isEmpty)
        }
    }

    @Test("a lease that has ended is not known, in any request")
    func ended() throws {
        try withClock { store, clock, _ in
            let lease = try store.grant(ttl: 1)
            clock.advance(seconds: 1)
            let message = "there is no lease \(lease.rawValue), or it has expired; ask for a new one"
            let error = StateError(.leaseNotFound, message)
            #expect(failure { _ = try store.put("/a", [], lease: lease) } == error)
            #expect(failure { _ = try store.keepAlive(lease) } == error)
            #expect(failure { _ = try store.revoke(lease) } == error)
            #expect(failure { _ = try store.timeToLive(lease) } == error)
            #expect(try store.grant(ttl: 1) != lease)
        }
    }

    @Test("a put without a lease detaches the key, an update does not")
    func detached() throws {
        try withClock { store, clock, _ in
            let lease = try store.grant(ttl: 10)
            for key in ["/a", "/b"] { try store.put(key, [1], lease: lease) }
            try store.put("/a", [2])
            try store.update("/b") { _ in [2] }
            clock.advance(seconds: 10)
            #expect(try store.range(prefix: "").keyValues.map(\.key) == ["/a"])
        }
    }

    @Test("setting the clock neither ends a lease nor makes it longer", arguments: [-1_000_000, 1_000_000])
    func clockSet(by seconds: Int64) throws {
        try withClock { store, clock, _ in
            try store.put("/a", [1], lease: store.grant(ttl: 10))
            clock.setWall(by: seconds)
            clock.advance(seconds: 9)
            #expect(try store.get("/a") != nil)
            clock.advance(seconds: 1)
            #expect(try store.get("/a") == nil)
        }
    }

    @Test("over a reboot the wall clock decides")
    func reboot() throws {
        try withClock { store, clock, _ in
            let lease = try store.grant(ttl: 100)
            try store.put("/a", [1], lease: lease)
            clock.reboot("second", after: 60)
            #expect(try store.timeToLive(lease).ttl == 40)
            try store.put("/b", [1])
            // Now it goes by the uptime of the new boot.
            clock.setWall(by: 1_000_000)
            clock.advance(seconds: 39)
            #expect(try store.get("/a") != nil)
            clock.advance(seconds: 1)
            #expect(try store.get("/a") == nil)
        }
    }

    @Test("a lease that ended while the host was off has ended")
    func off() throws {
        try withClock { store, clock, _ in
            try store.put("/a", [1], lease: store.grant(ttl: 100))
            clock.reboot("second", after: 100)
            #expect(try store.get("/a") == nil)
        }
    }

    @Test("a clock that went back over a reboot makes a lease no longer than it was granted for")
    func clockBackOverReboot() throws {
        try withClock { store, clock, _ in
            let lease = try store.grant(ttl: 100)
            try store.put("/a", [1], lease: lease)
            clock.reboot("second", after: -900)
            #expect(try store.timeToLive(lease).ttl == 100)
            try store.put("/b", [1])
            clock.advance(seconds: 100)
            #expect(try store.get("/a") == nil)
        }
    }

    @Test("where the kernel does not name its boots, the wall clock decides")
    func unknownBoot() throws {
        try withClock { store, clock, _ in
            clock.reboot("", after: 0)
            try store.put("/a", [1], lease: store.grant(ttl: 100))
            clock.reboot("", after: 99)
            #expect(try store.get("/a") != nil)
            clock.setWall(by: 1)
            #expect(try store.get("/a") == nil)
        }
    }

    @Test("a time to live that etcd does not take is refused", arguments: [0, -1, 9_000_000_001, .max] as [Int64])
    func badTTL(ttl: Int64) throws {
        try withStore { store throws in
            #expect(
                failure { _ = try store.grant(ttl: ttl) }
                    == StateError(
                        .badInput,
                        "the time to live \(ttl) is not a number of seconds from 1 to 9000000000"
                    )
            )
        }
    }

    @Test("the system's clocks go on and name the boot")
    func systemClock() throws {
        let now = StateClock.system.now()
        #expect(now.boot.count == 36)
        #expect(now.wall > 1_700_000_000_000)
        #expect(now.uptime > 0)
    }
}
