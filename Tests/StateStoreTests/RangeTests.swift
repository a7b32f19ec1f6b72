import Testing

@testable import StateStore

@Suite("parts of a range")
struct RangeTests {
    private func withKeys(_ body: (StateStore) throws -> Void) throws {
        try withStore { store throws in
            for key in ["/a/1", "/a/2", "/a/3", "/a/4", "/b/1"] { try store.put(key, [1]) }
            try body(store)
        }
    }

    @Test("the last keys come first, and a limit keeps those")
    func descending() throws {
        try withKeys { store throws in
            let two = try store.range(prefix: "/a/", limit: 2, order: .descending)
            #expect(two.keyValues.map(\.key) == ["/a/4", "/a/3"])
            #expect(two.more)
            let rest = try store.range(prefix: "/a/", to: "/a/3", limit: 2, order: .descending)
            #expect(rest.keyValues.map(\.key) == ["/a/2", "/a/1"])
            #expect(!rest.more)
        }
    }

    @Test("it begins with the first key of interest and ends before the last, whether they are there or not")
    func bounds() throws {
        try withKeys { store throws in
            let inside = try store.range(prefix: "/a/", from: "/a/2", to: "/a/4")
            #expect(inside.keyValues.map(\.key) == ["/a/2", "/a/3"])
            #expect(try store.range(prefix: "/a/", from: "/a/20", to: "/a/9").keyValues.map(\.key) == ["/a/3", "/a/4"])
            #expect(try store.range(prefix: "/a/", from: "/a/4", to: "/a/2").keyValues.isEmpty)
        }
    }

    @Test("bounds outside of the prefix do not widen it")
    func outside() throws {
        try withKeys { store throws in
            #expect(try store.range(prefix: "/a/", from: "", to: "/z").keyValues.count == 4)
            #expect(try store.range(prefix: "", from: "/a/4").keyValues.map(\.key) == ["/a/4", "/b/1"])
            #expect(try store.range(prefix: "/b/", to: "/b/").keyValues.isEmpty)
        }
    }

    @Test("keys are counted")
    func count() async throws {
        try withKeys { store throws in
            #expect(try store.count(prefix: "/a/") == 4)
            #expect(try store.count(prefix: "/a/", from: "/a/3") == 2)
            #expect(try store.count(prefix: "/x") == 0)
        }
        try await withStoreAwaiting { store in
            try await store.put("/a/1", [1])
            #expect(try await store.count(prefix: "/", to: "/b") == 1)
            #expect(try await store.range(prefix: "/", limit: 1, order: .descending).keyValues.count == 1)
        }
    }

    @Test("the keys between two are deleted at one revision")
    func delete() throws {
        try withKeys { store throws in
            let response = try store.transaction(
                success: [.delete(.span(from: "/a/2", to: "/a/4")), .get(.span(from: "", to: "/a/9"))]
            )
            #expect(response.revision == 7)
            #expect(response.responses.first == .delete(deleted: 2))
            #expect(try store.range(prefix: "").keyValues.map(\.key) == ["/a/1", "/a/4", "/b/1"])
            let error = failure {
                _ = try store.transaction(success: [.put("/a/1", []), .delete(.span(from: "/a/", to: "/a/2"))])
            }
            #expect(error?.message == "the transaction puts and deletes '/a/1'; do one of them")
        }
    }

    @Test("bounds with control characters are refused")
    func badBounds() throws {
        try withStore { store throws in
            #expect(
                failure { _ = try store.range(prefix: "", from: "\n") }?.message
                    == "the first key '?' has control characters; leave them out"
            )
            #expect(
                failure { _ = try store.count(prefix: "", to: "\n") }?.message
                    == "the end of the keys '?' has control characters; leave them out"
            )
        }
    }

    @Test("a watch among very many keys looks at those that have changed alone")
    func watch() throws {
        try withStore { store throws in
            for start in stride(from: 0, to: 20_000, by: 100) {
                try store.transaction(success: (start..<start + 100).map { .put("/a/\($0)", [1]) })
            }
            let revision = try store.put("/a/new", [2])
            let clock = ContinuousClock()
            let all = try clock.measure { _ = try store.range(prefix: "/a/") }
            var changed: [String] = []
            // The shortest of some, since others run at the same time.
            let new = try (0..<5).map { _ in
                try clock.measure { changed = try store.read { try $0.events("/a/", from: revision) }.map(\.key) }
            }.min()
            #expect(changed == ["/a/new"])
            #expect(try #require(new) < all / 30)
        }
    }
}
