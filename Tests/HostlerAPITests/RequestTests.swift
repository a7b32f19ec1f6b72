import Testing

@testable import HostlerAPI

@Suite struct RequestTests {
    private func respond(
        _ query: String?,
        method: String = "GET",
        path: String = APIServer.path,
        body: [UInt8] = [],
        type: String? = nil
    ) async throws -> APIResponse {
        var response: APIResponse?
        try await withAPI { api in
            response = await api.server.respond(
                to: APIRequest(
                    method: method,
                    path: path,
                    query: query,
                    body: body,
                    contentType: type,
                    origin: .local(uid: 0, gid: 0, pid: 1)
                )
            )
        }
        return try #require(response)
    }

    @Test("a form, with the query's parameters in front of its own")
    func form() async throws {
        for type in ["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=utf-8", nil] {
            let body = Array("command=listHosts&response=json&keyword=nothing".utf8)
            let response = try await respond("command=listZones", method: "POST", body: body, type: type)
            #expect(response.text == #"{"listzonesresponse":{}}"#)
        }
    }

    @Test("of several with one name the first counts, in whatever case")
    func first() throws {
        let request = APIRequest(query: "a=1&A=2&b&=3&&c=x=y", origin: .remote(address: ""))
        let parameters = try RequestParameters(request)
        #expect(
            parameters.all == [
                .init(name: "a", value: "1"), .init(name: "b", value: ""), .init(name: "c", value: "x=y"),
            ]
        )
        #expect(parameters["A"] == "1")
    }

    @Test("encoded values")
    func decoding() throws {
        let request = APIRequest(query: "details%5B0%5D.x=a+b%20c%2Bd%c3%A9é", origin: .remote(address: ""))
        #expect(try RequestParameters(request).all == [.init(name: "details[0].x", value: "a b c+déé")])
    }

    @Test(
        "broken requests",
        arguments: [
            ("command=%", 430, "the request has a '%' that two hexadecimal digits do not follow; write %25"),
            ("command=%4", 430, "the request has a '%' that two hexadecimal digits do not follow; write %25"),
            ("command=%zz", 430, "the request has a '%' that two hexadecimal digits do not follow; write %25"),
            ("command=%ff", 430, "the request has a value that is not in UTF-8"),
            (
                "command=listZones&a%3Db=1", 431,
                "the parameter name 'a=b' has characters that no name has; encode its value, not its name"
            ),
            (
                "command=listZones&a%26b=1", 431,
                "the parameter name 'a&b' has characters that no name has; encode its value, not its name"
            ),
            (
                "command=listZones&a%0Ab=1", 431,
                "the parameter name 'a?b' has characters that no name has; encode its value, not its name"
            ),
            ("command=listZones&name=a%00b", 431, "the value of name has control characters"),
            ("command=listZones&name=a%09b", 431, "the value of name has control characters"),
            ("command=listZones&name=a%7Fb", 431, "the value of name has control characters"),
            ("a=1", 432, "the request names no command; 'command=listApis' lists those there are"),
            ("command=", 432, "the request names no command; 'command=listApis' lists those there are"),
            ("command=listZone", 432, "there is no command 'listZone'; did you mean listZones"),
            (
                "command=scaleVirtualMachine", 432,
                "there is no command 'scaleVirtualMachine'; did you mean startVirtualMachine"
            ),
            ("command=quotaBalance", 432, "there is no command 'quotaBalance'; listApis lists those there are"),
            (
                "command=deployVirtualMachine", 432,
                "deployVirtualMachine is not Hostler's: define the guest with virt-install or virsh, then startVirtualMachine"
            ),
        ]
    )
    func broken(_ query: String, _ status: Int, _ message: String) async throws {
        let response = try await respond(query + "&response=json")
        #expect(response.status == status)
        #expect(try response.error() == message)
        #expect(try response.members()["errorcode"] as? Int == status)
        let isNamed = status == 431 && !message.hasPrefix("the parameter name")
        #expect(response.text.hasPrefix(isNamed ? #"{"listzonesresponse":"# : #"{"errorresponse":"#))
    }

    @Test("line breaks are allowed, since certificates have them")
    func lineBreaks() async throws {
        #expect(try await respond("command=listZones&name=a%0D%0Ab").status == 200)
    }

    @Test("too many parameters")
    func many() async throws {
        let query = (0...1000).map { "p\($0)=" }.joined(separator: "&") + "&response=json"
        let response = try await respond(query)
        #expect(response.status == 431)
        #expect(try response.error() == "the request has more than 1000 parameters")
    }

    @Test("a body that is no form")
    func otherBody() async throws {
        let response = try await respond(
            "response=json",
            method: "POST",
            body: Array("{}".utf8),
            type: "application/json"
        )
        #expect(response.status == 431)
        #expect(
            try response.error()
                == "the body is of type 'application/json'; send its parameters as application/x-www-form-urlencoded"
        )
    }

    @Test("another method, and another path")
    func elsewhere() async throws {
        let method = try await respond("command=listZones&response=json", method: "DELETE")
        #expect(method.status == 405)
        #expect(method.headers.contains(.init(name: "Allow", value: "GET, POST")))
        #expect(try method.error() == "DELETE is not taken; use GET, or POST with a form")
        let path = try await respond("command=listZones&response=json", path: "/client/api/x")
        #expect(path.status == 404)
        #expect(try path.error() == "there is nothing at '/client/api/x'; the API is at /client/api")
        #expect(try await respond("command=listZones", path: "/client/api/").status == 200)
    }

    @Test("names of commands and parameters in any case")
    func cases() async throws {
        let response = try await respond("COMMAND=LISTZONES&Response=JSON&Keyword=nothing")
        #expect(response.text == #"{"listzonesresponse":{}}"#)
    }

    @Test("answers are not to be kept by anybody on the way, and their types say what they are")
    func headers() async throws {
        let json = try await respond("command=listZones&response=json")
        #expect(json.contentType == "application/json; charset=UTF-8")
        #expect(json.headers == [.init(name: "Cache-Control", value: "no-store")])
        #expect(try await respond("command=listZones&response=yaml").contentType == "text/xml; charset=UTF-8")
    }

    @Test("the header with the error is printable ASCII")
    func description() async throws {
        let response = try await respond("command=%C3%A9%0A&response=json")
        let header = try #require(response.headers.first { $0.name == "X-Description" })
        #expect(header.value.allSatisfy { $0.isASCII && !$0.isNewline })
    }

    @Test("an observer is told who did what, and how it went")
    func observer() async throws {
        try await withAPI { api in
            let seen = Recorder()
            let server = APIServer(
                api.context,
                authenticators: [PeerCredentials()],
                replays: ReplayGuard(store: api.store, window: 60),
                observer: { seen.add($0) }
            )
            for query in ["command=listZones", "command=listZones&page=1", "command=nothing"] {
                _ = await server.respond(to: APIRequest(query: query, origin: .local(uid: 0, gid: 0, pid: 1)))
            }
            _ = await server.respond(to: APIRequest(query: "command=listZones", origin: .remote(address: "::1")))
            #expect(seen.all.map(\.command) == ["listZones", "listZones", nil, "listZones"])
            #expect(seen.all.map(\.status) == [200, 431, 432, 401])
            #expect(seen.all.map(\.caller?.name) == ["root", "root", "root", nil])
            #expect(seen.all[1].error == "page is given without pagesize; give both or neither")
        }
    }
}
