import Foundation
import Testing

@testable import HostlerAPI

@Suite struct EncodingTests {
    private var sample: APIObject {
        var inner = APIObject()
        inner.set("a", 1)
        var object = APIObject()
        object.set("text", "a\"\\\n\r\t\u{1}\u{7F}é🐎</&>")
        object.set("yes", true)
        object.set("date", date: 1_795_211_682_999)
        object.set("absent", String?.none)
        object.set("list", [inner, inner])
        object["words"] = .list([.string("x"), .int(-2)])
        object.set("empty", [])
        object.set("object", inner)
        return object
    }

    @Test("JSON, which Foundation reads as the same")
    func json() throws {
        let text = String(decoding: JSONAnswer.encode("xresponse", sample), as: UTF8.self)
        #expect(
            text
                == #"{"xresponse":{"text":"a\"\\\n\r\t\u0001\u007fé🐎</&>","yes":true,"date":"2026-11-20T21:54:42+0000","#
                + #""list":[{"a":1},{"a":1}],"words":["x",-2],"empty":[],"object":{"a":1}}}"#
        )
        let read = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [String: Any]])
        #expect(read["xresponse"]?["text"] as? String == "a\"\\\n\r\t\u{1}\u{7F}é🐎</&>")
    }

    @Test("XML, lists as elements one after the other, and no character that XML does not have")
    func xml() {
        let text = String(decoding: XMLAnswer.encode("xresponse", sample, version: "4.\"1"), as: UTF8.self)
        #expect(
            text
                == #"<?xml version="1.0" encoding="UTF-8"?><xresponse cloud-stack-version="4.&quot;1">"#
                + "<text>a&quot;\\\n&#13;\t?\u{7F}é🐎&lt;/&amp;&gt;</text><yes>true</yes>"
                + "<date>2026-11-20T21:54:42+0000</date><list><a>1</a></list><list><a>1</a></list>"
                + "<words>x</words><words>-2</words><object><a>1</a></object></xresponse>"
        )
    }

    @Test("an answer is kept with its members in their order")
    func codable() throws {
        let bytes = try JSONEncoder().encode(sample)
        #expect(try JSONDecoder().decode(APIObject.self, from: bytes) == sample)
    }

    @Test("a member that is set again stays in its place, and one without a value goes")
    func members() {
        var object = APIObject()
        object.set("a", 1)
        object.set("b", 2)
        object.set("a", 3)
        #expect(object.members.map(\.name) == ["a", "b"])
        #expect(object["a"] == .int(3))
        object.set("a", Int?.none)
        #expect(object.members.map(\.name) == ["b"])
    }

    @Test("base64 in every way that clients write it")
    func base64() {
        let bytes = Array("user data?>>ÿ".utf8)
        for text in [
            "dXNlciBkYXRhPz4+w78=", "dXNlciBkYXRhPz4+w78", "dXNlciBkYXRhPz4-w78=", "dXNlciBk\nYXRhPz4+\r\nw78=\n",
        ] {
            #expect(Base64.decode(text) == bytes, "\(text)")
        }
        #expect(Base64.decode("") == [])
        for text in ["a", "a b=", "ä", "a===a", "%%%%"] { #expect(Base64.decode(text) == nil, "\(text)") }
        #expect(Base64.encodeURLSafe([0xFB, 0xFF, 0xFE, 0]) == "-__-AA")
    }
}

@Suite struct APIDateTests {
    @Test(
        "moments",
        arguments: [
            ("2026-11-20T21:54:42+0000", 1_795_211_682_000), ("2026-11-20T21:54:42Z", 1_795_211_682_000),
            ("2026-11-20T21:54:42+00:00", 1_795_211_682_000), ("2026-11-21T03:24:42+0530", 1_795_211_682_000),
            ("2026-11-21T03:24:42+05:30", 1_795_211_682_000), ("2026-11-21T03:24:42Z+0530", 1_795_211_682_000),
            ("2026-11-20T13:54:42-0800", 1_795_211_682_000), ("2026-11-20T21:54:42.5Z", 1_795_211_682_500),
            ("2026-11-20T21:54:42.123456789+0000", 1_795_211_682_123), ("2026-11-20t21:54:42z", 1_795_211_682_000),
            ("1970-01-01T00:00:00Z", 0), ("2024-02-29T12:00:00Z", 1_709_208_000_000),
            ("2000-02-29T00:00:00Z", 951_782_400_000), ("2026-12-31T23:59:60Z", 1_798_761_599_000),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ]
    )
    func moment(_ text: String, _ expected: Int) { #expect(APIDate.moment(text) == expected) }

    @Test(
        "what is no moment",
        arguments: [
            "", "2026-11-20", "2026-11-20T21:54:42", "2026-11-20 21:54:42+0000", "2026-13-20T21:54:42Z",
            "2026-02-29T21:54:42Z", "2026-11-31T21:54:42Z", "2026-11-20T24:00:00Z", "2026-11-20T21:60:42Z",
            "2026-11-20T21:54:42+9900", "2026-11-20T21:54:42+00000", "2026-11-20T21:54:42Zx", "2026-11-20T21:54:42.Z",
            "1795211682", "26-11-20T21:54:42Z", "1969-12-31T23:59:59Z", "2026-11-20T21:54:42+05",
            "+2026-11-20T21:54:42Z",
        ]
    )
    func noMoment(_ text: String) { #expect(APIDate.moment(text) == nil) }

    @Test("every day for four centuries is written as it is read")
    func roundTrip() {
        for day in 0..<146_097 {
            let moment = day * 86_400_000 + 49_530_000
            #expect(APIDate.moment(APIDate.text(moment)) == moment)
        }
    }

    @Test("dates of filters")
    func filter() {
        let day = 1_795_132_800_000
        #expect(APIDate.filter("2026-11-20") == day)
        #expect(APIDate.filter("2026-11-20", endsDay: true) == day + 86_399_999)
        #expect(APIDate.filter("2026-11-20 21:54:42") == 1_795_211_682_000)
        #expect(APIDate.filter("2026-11-20T21:54:42", endsDay: true) == 1_795_211_682_000)
        #expect(APIDate.filter("2026-11-20T21:54:42+0100") == 1_795_208_082_000)
        for text in ["", "2026", "2026-11-20x", "20.11.2026", "2026-11-20 21:54"] {
            #expect(APIDate.filter(text) == nil)
        }
    }

    @Test("the time before 1970 is written too")
    func negative() { #expect(APIDate.text(-1) == "1969-12-31T23:59:59+0000") }
}
