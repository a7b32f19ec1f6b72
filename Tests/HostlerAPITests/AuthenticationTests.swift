import Testing

@testable import HostlerAPI

@Suite struct AuthenticationTests {
    private static let refusal = "unable to verify user credentials and/or request signature: "

    private func expectRefusal(_ response: APIResponse, _ reason: String) throws {
        #expect(response.status == 401)
        #expect(try response.error() == Self.refusal + reason)
    }

    @Test("a signed request is its key pair's")
    func signed() async throws {
        try await withAPI { api in
            let key = try await api.keys.create(name: "robot")
            let response = await api.getRemote(try api.sign("command=listZones", key))
            #expect(response.status == 200)
            #expect(try response.members()["count"] as? Int == 1)
        }
    }

    @Test("without a signature")
    func unsigned() async throws {
        try await withAPI { api in
            let json = await api.getRemote("command=listZones&response=json")
            try expectRefusal(json, "the request is not signed")
            #expect(json.text.hasPrefix(#"{"listzonesresponse":{"uuidList":[],"errorcode":401,"cserrorcode":9999,"#))
            let xml = await api.getRemote("command=listZones")
            #expect(xml.text.contains("<listzonesresponse cloud-stack-version="))
            #expect(xml.text.contains("<errorcode>401</errorcode>"))
            #expect(xml.headers.contains { $0.name == "X-Description" && $0.value.hasPrefix(Self.refusal) })
        }
    }

    @Test("whoever is not known is not told which commands there are")
    func unknownCommandUnsigned() async throws {
        try await withAPI { api in
            let response = await api.getRemote("command=noSuchThing&response=json")
            try expectRefusal(response, "the request is not signed")
            #expect(response.text.hasPrefix(#"{"errorresponse":"#))
        }
    }

    @Test("with half of what it takes")
    func half() async throws {
        try await withAPI { api in
            try expectRefusal(
                await api.getRemote("command=listZones&response=json&apiKey=abc"),
                "the request has no signature"
            )
            try expectRefusal(
                await api.getRemote("command=listZones&response=json&signature=abc"),
                "the request has no apiKey"
            )
        }
    }

    @Test("with a wrong secret, an unknown key, or a key that cannot be one")
    func wrong() async throws {
        try await withAPI { api in
            let key = try await api.keys.create(name: "robot")
            let reason = "the key pair or the signature is wrong"
            var other = key
            other.secretKey = APIKeys.randomKey()
            try expectRefusal(await api.getRemote(try api.sign("command=listZones", other)), reason)
            other = key
            other.apiKey = "unknown"
            try expectRefusal(await api.getRemote(try api.sign("command=listZones", other)), reason)
            other.apiKey = "..%2F..%2Fjob%2F"
            try expectRefusal(await api.getRemote(try api.sign("command=listZones", other)), reason)
        }
    }

    @Test("altered on the way")
    func tampered() async throws {
        try await withAPI { api in
            let key = try await api.keys.create(name: "robot")
            let query = try api.sign("command=stopVirtualMachine&id=\(ID.web)&forced=false", key)
            let reason = "the key pair or the signature is wrong"
            try expectRefusal(await api.getRemote(query.replacing("forced=false", with: "forced=true")), reason)
            try expectRefusal(await api.getRemote(query + "&hostid=\(ID.host)"), reason)
            #expect(api.guests.calls.isEmpty)
        }
    }

    @Test("expired, and again before that")
    func expired() async throws {
        try await withAPI { api in
            let key = try await api.keys.create(name: "robot")
            let query = try api.sign("command=listZones", key)
            #expect(await api.getRemote(query).status == 200)
            api.time.advance(seconds: 600)
            #expect(await api.getRemote(query).status == 200)
            api.time.advance(seconds: 1)
            try expectRefusal(
                await api.getRemote(query),
                "the request expired at 2026-11-20T22:04:42+0000, and here it is 2026-11-20T22:04:43+0000"
            )
        }
    }

    @Test(
        "expires that says nothing",
        arguments: [
            ("", "signatureVersion=3 needs expires"),
            ("&expires=tomorrow", "expires 'tomorrow' is not a moment such as 2026-11-20T21:54:42+0000"),
            (
                "&expires=2030-01-01T00:00:00",
                "expires '2030-01-01T00:00:00' is not a moment such as 2026-11-20T21:54:42+0000"
            ),
        ]
    )
    func noExpiry(_ expires: String, _ reason: String) async throws {
        try await withAPI { api in
            let key = try await api.keys.create(name: "robot")
            let query = try api.sign("command=listZones&signatureVersion=3\(expires)", key, expires: nil)
            try expectRefusal(await api.getRemote(query), reason)
        }
    }

    @Test("requests that are good for ever, where they are not wanted")
    func requiredExpiry() async throws {
        try await withAPI { api in
            var api = api
            let key = try await api.keys.create(name: "robot")
            let query = try api.sign("command=listZones", key, expires: nil)
            #expect(await api.getRemote(query).status == 200)
            api.settings.requiresExpiry = true
            try expectRefusal(
                await api.getRemote(query),
                "the request does not expire; send signatureVersion=3 and expires"
            )
        }
    }

    @Test("a key pair that is disabled, and one that is revoked")
    func ended() async throws {
        try await withAPI { api in
            let key = try await api.keys.create(name: "robot")
            let query = try api.sign("command=listZones", key)
            try await api.keys.setDisabled("robot", true)
            try expectRefusal(await api.getRemote(query), "the key pair or the signature is wrong")
            try await api.keys.setDisabled(key.apiKey, false)
            #expect(await api.getRemote(query).status == 200)
            try await api.keys.revoke("robot")
            try expectRefusal(await api.getRemote(query), "the key pair or the signature is wrong")
        }
    }

    @Test("at the local socket the user's name is the caller's")
    func local() async throws {
        try await withAPI { api in
            for (uid, name) in [(UInt32(0), "root"), (1000, "ada"), (1001, "uid 1001")] {
                let start = await api.get("command=rebootVirtualMachine&id=\(ID.web)&response=json", uid: uid)
                let id = try #require(try start.members()["jobid"] as? String)
                let job = try await api.getJSON("command=queryAsyncJobResult&jobid=\(id)")
                #expect(job["username"] as? String == name)
            }
        }
    }

    @Test("the name of root is in every user database")
    func userDatabase() {
        #expect(PeerCredentials.systemUserName(0) == "root")
        #expect(PeerCredentials.systemUserName(.max - 1) == nil)
    }
}
