import Testing

@testable import StateStore

@Suite("transactions")
struct TransactionTests {
    /// `/a` is [5], put twice, at revisions 2 and 3.
    private func check(_ compare: Compare) throws -> Bool {
        var succeeded = false
        try withStore { store throws in
            try store.put("/a", [4])
            try store.put("/a", [5])
            succeeded = try store.transaction(compare: [compare], success: []).succeeded
        }
        return succeeded
    }

    @Test(
        "conditions on what is there",
        arguments: [
            (Compare.value("/a", .equal, [5]), true), (.value("/a", .equal, [5, 0]), false),
            (.value("/a", .notEqual, [5]), false), (.value("/a", .notEqual, [4]), true),
            (.value("/a", .less, [5]), false), (.value("/a", .less, [5, 0]), true),
            (.value("/a", .greater, [4, 255]), true), (.value("/a", .greater, [5]), false),
            (.version("/a", .equal, 2), true), (.version("/a", .notEqual, 2), false),
            (.version("/a", .less, 3), true), (.version("/a", .greater, 2), false),
            (.createRevision("/a", .equal, 2), true), (.createRevision("/a", .greater, 2), false),
            (.modRevision("/a", .equal, 3), true), (.modRevision("/a", .less, 3), false),
        ]
    )
    func present(compare: Compare, holds: Bool) throws { #expect(try check(compare) == holds) }

    @Test(
        "conditions on what is not there",
        arguments: [
            (Compare.version("/x", .equal, 0), true), (.createRevision("/x", .equal, 0), true),
            (.modRevision("/x", .equal, 0), true), (.modRevision("/x", .less, 1), true),
            (.value("/x", .equal, []), false), (.value("/x", .notEqual, [1]), false),
            (.value("/x", .less, [1]), false),
        ]
    )
    func absent(compare: Compare, holds: Bool) throws { #expect(try check(compare) == holds) }

    @Test("all changes of a transaction are at one revision, and its reads see those before them")
    func oneRevision() throws {
        try withStore { store throws in
            try store.put("/c", [3])
            let response = try store.transaction(success: [
                .get(.prefix("/"), limit: 1), .put("/a", [1]), .put("/b", [2]), .delete(.key("/c")),
                .get(.prefix("/")), .get(.prefix("/"), limit: 1),
            ])
            let one = KeyValue(key: "/a", value: [1], createRevision: 3, modRevision: 3, version: 1)
            let two = KeyValue(key: "/b", value: [2], createRevision: 3, modRevision: 3, version: 1)
            let old = KeyValue(key: "/c", value: [3], createRevision: 2, modRevision: 2, version: 1)
            #expect(
                response
                    == TransactionResponse(
                        succeeded: true,
                        responses: [
                            .get([old], more: false), .put, .put, .delete(deleted: 1), .get([one, two], more: false),
                            .get([one], more: true),
                        ],
                        revision: 3
                    )
            )
        }
    }

    @Test("where one condition fails, the other branch is taken")
    func failureBranch() throws {
        try withStore { store throws in
            let response = try store.transaction(
                compare: [.version("/a", .equal, 0), .version("/b", .equal, 1)],
                success: [.put("/a", [1])],
                failure: [.put("/b", [2])]
            )
            #expect(response == TransactionResponse(succeeded: false, responses: [.put], revision: 2))
            #expect(try store.get("/a") == nil)
            #expect(try store.get("/b")?.value == [2])
        }
    }

    @Test("a transaction that changes nothing takes no revision")
    func noChange() throws {
        try withStore { store throws in
            let response = try store.transaction(success: [.get(.key("/a")), .delete(.prefix("/"))])
            #expect(response.revision == 1)
            #expect(try store.revision() == 1)
        }
    }

    @Test("a step that fails undoes those before it")
    func undone() throws {
        try withStore { store throws in
            let error = failure {
                try store.transaction(success: [.put("/a", [1]), .put("/b", [2], lease: LeaseID(rawValue: 77))])
            }
            #expect(
                error == StateError(.leaseNotFound, "there is no lease 77, or it has expired; ask for a new one")
            )
            #expect(try store.range(prefix: "") == RangeResponse(keyValues: [], more: false, revision: 1))
        }
    }

    @Test("a key is changed once at most, in either branch")
    func changedOnce() throws {
        try withStore { store throws in
            let twice: [RequestOp] = [.put("/a", [1]), .put("/a", [2])]
            let both: [RequestOp] = [.delete(.prefix("/")), .put("/a", [2])]
            #expect(
                failure { try store.transaction(success: twice) }
                    == StateError(.badInput, "the transaction puts '/a' twice; put it once")
            )
            #expect(
                failure { try store.transaction(success: [], failure: both) }
                    == StateError(.badInput, "the transaction puts and deletes '/a'; do one of them")
            )
            #expect(try store.revision() == 1)
        }
    }

    @Test("more steps than etcd takes are refused")
    func tooMany() throws {
        try withStore { store throws in
            #expect(
                failure { try store.transaction(success: (0..<129).map { .put("/\($0)", []) }) }?.message
                    == "the transaction has 129 steps, of which 128 are allowed"
            )
            let compare = [Compare](repeating: .version("/a", .equal, 0), count: 129)
            #expect(
                failure { try store.transaction(compare: compare, success: []) }?.message
                    == "the transaction has 129 steps, of which 128 are allowed"
            )
            try store.transaction(success: (0..<128).map { .put("/\($0)", []) })
        }
    }
}
