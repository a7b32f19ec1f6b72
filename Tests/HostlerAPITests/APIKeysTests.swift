import StateStore
import Testing

@testable import HostlerAPI

@Suite struct APIKeysTests {
    @Test("keys are long, unlike each other, and need no encoding")
    func keys() async throws {
        try await withAPI { api in
            let first = try await api.keys.create(name: "first")
            let second = try await api.keys.create(name: "second")
            let all = [first.apiKey, first.secretKey, second.apiKey, second.secretKey]
            #expect(Set(all).count == 4)
            for key in all {
                #expect(key.count == 86)
                #expect(key.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
            }
            #expect(try await api.keys.list().map(\.name) == ["first", "second"])
            #expect(try await api.keys.record(first.apiKey) == first)
        }
    }

    @Test("that a pair is in use is written down once a minute")
    func lastUsed() async throws {
        try await withAPI { api in
            let key = try await api.keys.create(name: "robot")
            #expect(key.lastUsed == nil)
            func use() async throws -> Int? {
                _ = await api.getRemote(try api.sign("command=listZones", key))
                return try await api.keys.record(key.apiKey)?.lastUsed
            }
            let begin = api.time.now
            #expect(try await use() == begin)
            api.time.advance(seconds: 59)
            #expect(try await use() == begin)
            api.time.advance(seconds: 1)
            #expect(try await use() == begin + 60_000)
        }
    }

    @Test("a record of an older release")
    func older() async throws {
        try await withAPI { api in
            let record = #"{"apiKey":"a","secretKey":"s","id":"i","name":"n","more":1}"#
            try await api.store.put("apikey/a", Array(record.utf8))
            let expected = APIKeyRecord(id: "i", apiKey: "a", secretKey: "s", name: "n", created: 0, isDisabled: false)
            #expect(try await api.keys.list() == [expected])
        }
    }

    @Test("a record that cannot be read says which one, and nothing of it")
    func damaged() async throws {
        try await withAPI { api in
            try await api.store.put("apikey/a", Array("secret".utf8))
            await #expect(throws: APIError(.internalError, "what is kept under 'apikey/a' cannot be read")) {
                try await api.keys.list()
            }
        }
    }

    @Test(
        "names that do not do",
        arguments: [
            ("", "the name '' is not one of 1 to 64 characters without blanks at its ends"),
            (" a", "the name ' a' is not one of 1 to 64 characters without blanks at its ends"),
            ("a\nb", "the name 'a?b' is not one of 1 to 64 characters without blanks at its ends"),
            (
                String(repeating: "x", count: 65),
                "the name '\(String(repeating: "x", count: 65))' is not one of 1 to 64 characters without blanks at its ends"
            ),
            ("robot", "there is a key pair 'robot' already; revoke it or choose another name"),
        ]
    )
    func names(_ name: String, _ message: String) async throws {
        try await withAPI { api in
            _ = try await api.keys.create(name: "robot")
            await #expect(throws: APIError(.parameter, message)) { try await api.keys.create(name: name) }
        }
    }

    @Test("a pair that is not there")
    func missing() async throws {
        try await withAPI { api in
            let error = APIError(
                .parameter,
                "there is no key pair 'robot'; 'hostler api-key list' lists those there are"
            )
            await #expect(throws: error) { try await api.keys.revoke("robot") }
            await #expect(throws: error) { try await api.keys.setDisabled("robot", true) }
        }
    }
}
