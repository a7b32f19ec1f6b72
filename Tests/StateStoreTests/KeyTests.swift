import Testing

@testable import StateStore

@Suite("keys and values")
struct KeyTests {
    @Test("a new store is at revision 1 and empty")
    func new() throws {
        try withStore { store throws in
            #expect(try store.revision() == 1)
            #expect(try store.range(prefix: "") == RangeResponse(keyValues: [], more: false, revision: 1))
        }
    }

    @Test("a put tells the revisions of a key and how often it was put")
    func put() throws {
        try withStore { store throws in
            #expect(try store.put("/a", bytes("one")) == 2)
            #expect(try store.put("/b", []) == 3)
            #expect(try store.put("/a", bytes("two")) == 4)
            #expect(
                try store.get("/a")
                    == KeyValue(key: "/a", value: bytes("two"), createRevision: 2, modRevision: 4, version: 2)
            )
            #expect(
                try store.get("/b") == KeyValue(key: "/b", value: [], createRevision: 3, modRevision: 3, version: 1)
            )
        }
    }

    @Test("a key that was deleted begins anew")
    func recreated() throws {
        try withStore { store throws in
            try store.put("/a", [1])
            #expect(try store.delete("/a") == DeleteResponse(deleted: 1, revision: 3))
            #expect(try store.get("/a") == nil)
            try store.put("/a", [2])
            #expect(
                try store.get("/a") == KeyValue(key: "/a", value: [2], createRevision: 4, modRevision: 4, version: 1)
            )
        }
    }

    @Test("deleting nothing takes no revision")
    func deleteNothing() throws {
        try withStore { store throws in
            #expect(try store.delete("/a") == DeleteResponse(deleted: 0, revision: 1))
            #expect(try store.delete(prefix: "/") == DeleteResponse(deleted: 0, revision: 1))
        }
    }

    @Test("a prefix is one of bytes, and its keys are ordered by theirs")
    func prefix() throws {
        try withStore { store throws in
            let keys = ["/a", "/a/", "/a/b", "/a/é", "/a/\u{10FFFD}", "/a0", "/b"]
            for key in keys.reversed() { try store.put(key, bytes(key)) }
            #expect(try store.range(prefix: "").keyValues.map(\.key) == keys)
            #expect(try store.range(prefix: "/a/").keyValues.map(\.key) == Array(keys[1...4]))
            #expect(try store.range(prefix: "/a/\u{10FFFD}").keyValues.map(\.key) == [keys[4]])
            #expect(try store.delete(prefix: "/a/") == DeleteResponse(deleted: 4, revision: 9))
            #expect(try store.range(prefix: "").keyValues.map(\.key) == ["/a", "/a0", "/b"])
        }
    }

    @Test("two spellings of a character are two keys")
    func spellings() throws {
        try withStore { store throws in
            try store.transaction(success: [.put("/\u{E9}", [1]), .put("/e\u{301}", [2])])
            #expect(try store.get("/\u{E9}")?.value == [1])
            #expect(try store.get("/e\u{301}")?.value == [2])
        }
    }

    @Test("a limit says whether there are more")
    func limit() throws {
        try withStore { store throws in
            for key in ["/a", "/b", "/c"] { try store.put(key, [1]) }
            let two = try store.range(prefix: "/", limit: 2)
            #expect(two.keyValues.map(\.key) == ["/a", "/b"])
            #expect(two.more)
            #expect(try !store.range(prefix: "/", limit: 3).more)
            #expect(try store.range(prefix: "/", limit: .max).keyValues.count == 3)
        }
    }

    @Test("the end of a prefix of bytes that cannot be raised is that of what is before them")
    func prefixEnd() {
        #expect(KeyRange.end(ofPrefix: [1, 2]) == [1, 3])
        #expect(KeyRange.end(ofPrefix: [1, 0xFF, 0xFF]) == [2])
        #expect(KeyRange.end(ofPrefix: [0xFF]) == nil)
        #expect(KeyRange.end(ofPrefix: []) == nil)
    }

    @Test("a large value comes back whole")
    func large() throws {
        try withStore { store throws in
            let value = (0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 * 31) }
            try store.put("/a", value)
            #expect(try store.get("/a")?.value == value)
        }
    }

    @Test(
        "a bad key is refused",
        arguments: [
            ("", "the key is empty; name one such as '/guests/web'"),
            ("/a\nb", "the key '/a?b' has control characters; leave them out"),
            ("/a\u{0}", "the key '/a?' has control characters; leave them out"),
            (
                "/" + String(repeating: "é", count: 512),
                "the key '/\(String(repeating: "é", count: 199))...' has 1025 bytes, of which 1024 are allowed"
            ),
        ]
    )
    func badKey(key: String, message: String) throws {
        try withStore { store throws in
            #expect(failure { _ = try store.get(key) } == StateError(.badInput, message))
            #expect(failure { _ = try store.put(key, []) } == StateError(.badInput, message))
            #expect(failure { _ = try store.delete(key) } == StateError(.badInput, message))
            #expect(try store.revision() == 1)
        }
    }

    @Test("a bad prefix or limit is refused")
    func badRange() throws {
        try withStore { store throws in
            #expect(
                failure { _ = try store.range(prefix: "\u{7F}") }?.message
                    == "the prefix '?' has control characters; leave them out"
            )
            #expect(
                failure { _ = try store.range(prefix: "", limit: 0) }?.message
                    == "the limit 0 is not a number of keys from 1 on"
            )
        }
    }

    @Test("a request that is too large is refused")
    func tooLarge() throws {
        try withStore { store throws in
            #expect(
                failure { _ = try store.put("/a", [UInt8](repeating: 1, count: 8_388_607)) }
                    == StateError(.badInput, "the request has 8388609 bytes, of which 8388608 are allowed")
            )
            try store.put("/a", [UInt8](repeating: 1, count: 8_388_606))
        }
    }

    @Test("an update sees the old value, and its nil deletes the key")
    func update() throws {
        try withStore { store throws in
            try store.update("/a") { old in
                #expect(old == nil)
                return [1]
            }
            try store.update("/a") { old in (old?.value ?? []) + [2] }
            #expect(try store.get("/a")?.value == [1, 2])
            try store.update("/a") { _ in nil }
            #expect(try store.get("/a") == nil)
        }
    }

    @Test("an update begins again where another change came first")
    func updateAgain() throws {
        try withStore { store throws in
            var seen: [String?] = []
            try store.update("/a") { old in
                seen.append(text(old?.value))
                if seen.count == 1 { try store.put("/a", bytes("other")) }
                if seen.count == 2 { try store.delete("/a") }
                return bytes("own")
            }
            #expect(seen == [nil, "other", nil])
            #expect(text(try store.get("/a")?.value) == "own")
        }
    }

    @Test("an update that never comes first gives up")
    func updateExhausted() throws {
        try withStore { store throws in
            let error = failure {
                try store.update("/a") { _ in
                    try store.put("/a", [0])
                    return [1]
                }
            }
            #expect(error == StateError(.busy, "others changed '/a' 1000 times in a row; try again"))
            #expect(try store.get("/a")?.value == [0])
        }
    }

    @Test("an update throws what its closure throws, and changes nothing")
    func updateThrows() throws {
        struct Mine: Error {}
        try withStore { store throws in
            #expect(throws: Mine.self) { try store.update("/a") { _ in throw Mine() } }
            #expect(try store.revision() == 1)
        }
    }
}
