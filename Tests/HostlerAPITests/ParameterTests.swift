import Testing

@testable import HostlerAPI

@Suite struct ParameterTests {
    private static let declared = [
        APIParameter("text", .string, "some text", length: 5),
        APIParameter("id", .uuid, "an id", isRequired: true),
        APIParameter("number", .integer, "a number"),
        APIParameter("flag", .boolean, "a flag"),
        APIParameter("day", .date, "a day"),
        APIParameter("names", .list, "names"),
        APIParameter("details", .map, "details", length: 10),
        APIParameter("secret", .string, "a secret", isSecret: true),
    ]

    private func parameters(_ query: String, id: String? = ID.web) throws -> APIParameters {
        let query = query + (id.map { "&id=\($0)" } ?? "")
        let request = try RequestParameters(APIRequest(query: query, origin: .remote(address: "")))
        return try APIParameters(request, declared: Self.declared, command: "doIt")
    }

    @Test("values by their types")
    func values() throws {
        let all = try parameters(
            "text=a%20b&number=-3&flag=TRUE&day=2026-11-20&names=a,%20b,,c&details[0].x=1&details[1].y=2&other=1"
        )
        #expect(all.text("text") == "a b")
        #expect(all.int("number") == -3)
        #expect(all.bool("flag") == true)
        #expect(all.date("day") == 1_795_132_800_000)
        #expect(all.list("names") == ["a", "b", "c"])
        #expect(all.map("details").map(\.key) == ["x", "y"])
        #expect(all.text("other") == nil)
    }

    @Test("a UUID in capitals is the same UUID")
    func uuid() throws {
        let upper = "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"
        #expect(try parameters("", id: upper).text("id") == upper.lowercased())
    }

    @Test("empty values are as if not given, but for text")
    func empty() throws {
        let all = try parameters("text=&number=&flag=&day=&names=")
        #expect(all.text("text") == "")
        #expect(
            all.int("number") == nil && all.bool("flag") == nil && all.date("day") == nil && all.list("names") == []
        )
    }

    @Test("both of CloudStack's ways to write a map")
    func maps() throws {
        let all = try parameters("details[0].key=b&details[0].value=2&Details[1].a=1&details[2].key=c")
        #expect(
            all.map("details") == [
                .init(key: "a", value: "1"), .init(key: "b", value: "2"), .init(key: "c", value: ""),
            ]
        )
    }

    @Test(
        "what is wrong with them",
        arguments: [
            ("text=abcdef", "text has 6 bytes, of which 5 are allowed"),
            ("text=%C3%A9%C3%A9%C3%A9", "text has 6 bytes, of which 5 are allowed"),
            ("number=1.5", "number '1.5' is not a whole number"),
            ("number=99999999999999999999", "number '99999999999999999999' is not a whole number"),
            ("flag=yes", "flag 'yes' is neither true nor false"),
            ("day=today", "day 'today' is not a date such as 2026-11-20 or 2026-11-20T21:54:42+0000"),
            ("details.x=1&details[a].x=1", "'details[a].x' is not a map's name; write details[0].name=value"),
            ("details[0]=1", "'details[0]' is not a map's name; write details[0].name=value"),
            ("details[0].=1", "'details[0].' is not a map's name; write details[0].name=value"),
            ("details[0].x=1&details[1].x=2", "details names 'x' twice; give it once"),
            ("details[0].x=12345678901", "details 'x' is longer than 10 bytes"),
        ]
    )
    func wrong(_ query: String, _ message: String) throws {
        #expect(throws: APIError(.parameter, message)) { try parameters(query) }
    }

    @Test("a required parameter that is missing, empty or no UUID")
    func required() throws {
        #expect(throws: APIError(.parameter, "doIt needs id: an id")) { try parameters("", id: nil) }
        #expect(throws: APIError(.parameter, "doIt needs id: an id")) { try parameters("", id: "") }
        let error = APIError(.parameter, "id '12' is not a UUID such as 6ba7b810-9dad-11d1-80b4-00c04fd430c8")
        #expect(throws: error) { try parameters("", id: "12") }
    }

    @Test("foreign values in messages are cut, and have no control characters")
    func shown() throws {
        let long = String(repeating: "x", count: 150)
        #expect(throws: APIError(.parameter, "number '\(long.prefix(100))...' is not a whole number")) {
            try parameters("number=\(long)")
        }
        #expect(throws: APIError(.parameter, "flag 'a??b' is neither true nor false")) {
            try parameters("flag=a%0D%0Ab")
        }
    }

    @Test("secrets are not kept with a job")
    func kept() throws {
        let (values, maps) = try parameters("secret=x&text=y&details[0].z=1").kept(Self.declared)
        #expect(values == ["text": "y", "id": ID.web])
        #expect(maps == ["details": ["z": "1"]])
    }

    @Test("a new UUID is a random one by its own word")
    func random() {
        let ids = (0..<100).map { _ in UUIDText.random() }
        #expect(Set(ids).count == 100)
        for id in ids {
            #expect(UUIDText.normalized(id) == id)
            #expect(Array(id)[14] == "4" && "89ab".contains(Array(id)[19]))
        }
    }
}

@Suite struct PageTests {
    private func page(_ query: String, largest: Int = 500) throws -> Page {
        let request = try RequestParameters(APIRequest(query: query, origin: .remote(address: "")))
        return try Page(APIParameters(request, declared: Page.parameters, command: "list"), largest: largest)
    }

    @Test("pages of a list, with the number of all elements")
    func pages() throws {
        let all = Array(1...7)
        #expect(try page("page=1&pagesize=3").cut(all).items == [1, 2, 3])
        #expect(try page("page=3&pagesize=3").cut(all).items == [7])
        #expect(try page("page=4&pagesize=3").cut(all).items == [])
        #expect(try page("page=4&pagesize=3").cut(all).total == 7)
        #expect(try page("page=9223372036854775807&pagesize=500").cut(all).items == [])
    }

    @Test("without pages as many as a page has at most")
    func whole() throws {
        #expect(try page("", largest: 5).cut(Array(1...7)).items.count == 5)
        #expect(try page("", largest: -1).cut(Array(1...7)).items.count == 7)
        #expect(try page("pagesize=-1", largest: -1).cut(Array(1...7)).items.count == 7)
        #expect(try page("page=1&pagesize=1000", largest: -1).limit == 1000)
    }

    @Test(
        "what is wrong",
        arguments: [
            ("page=1", "page is given without pagesize; give both or neither"),
            ("pagesize=5", "pagesize is given without page; give both or neither"),
            ("page=0&pagesize=5", "page '0' is not the number of a page; the first is 1"),
            ("page=1&pagesize=0", "pagesize '0' is not a number of elements from 1 on"),
            ("page=1&pagesize=-1", "pagesize '-1' is not a number of elements from 1 on"),
            ("page=1&pagesize=501", "pagesize '501' is more than 500, which the setting page.size allows"),
            ("pagesize=-1", "pagesize '-1' is allowed only where the setting page.size is -1; it is 500"),
        ]
    )
    func wrong(_ query: String, _ message: String) throws {
        #expect(throws: APIError(.parameter, message)) { try page(query) }
    }

    @Test("keywords are part of a name, in any case")
    func keyword() throws {
        #expect(try page("keyword=We").matches("tHe wEb"))
        #expect(try page("keyword=we").matches(nil, "x", "web"))
        #expect(try !page("keyword=we").matches("database", nil))
        #expect(try page("keyword=").matches(nil))
    }
}
