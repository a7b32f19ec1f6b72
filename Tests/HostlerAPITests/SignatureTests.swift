import TestSupport
import Testing

@testable import HostlerAPI

@Suite struct SignatureTests {
    static let secret = "VDaACYb0LV9eNjTetIOElcVQkvJck_J_QljX_FcHRj87ZKiy0z0ty0ZsYBkoXkY9b7eq1EhwJaw7FF3akA3KBQ"

    private func parameters(_ query: String) throws -> RequestParameters {
        try RequestParameters(APIRequest(query: query, origin: .remote(address: "")))
    }

    private func isValid(_ query: String, _ secret: String = Self.secret) throws -> Bool {
        let parameters = try parameters(query)
        return RequestSignature.isValid(
            try #require(parameters["signature"]),
            of: parameters.all,
            secretKey: secret
        )
    }

    @Test("the vector of CloudStack's documentation")
    func documentation() throws {
        let key = "plgWJfZK4gyS3mOMTVmjUVg-X-jlWlnfaUJ9GAbBbf9EdM-kAYMmAiLqzzq1ElZLYq_u38zCm0bewzGUdP66mg"
        let query = "command=listUsers&response=json&apikey=\(key)"
        let text = CanonicalForm.cloudStack.text(try parameters(query).all)
        #expect(RequestSignature.sign(text, secretKey: Self.secret) == "TTpdDq/7j/J58XCRHomKoQXEQds=")
        #expect(try isValid(query + "&signature=TTpdDq%2F7j%2FJ58XCRHomKoQXEQds%3D"))
    }

    @Test("a vector with upper case, blanks, umlauts and every mark that encoders differ in")
    func marks() throws {
        let query =
            "Zed=1&apiKey=APIKEY&command=listZones&expires=2030-01-01T00:00:00%2B0000&name=a%20b*%27%C3%A9%5B0%5D%2B%26%3D%2F~"
            + "&response=json&signatureVersion=3"
        let text = CanonicalForm.cloudStack.text(try parameters(query).all)
        #expect(String(decoding: text, as: UTF8.self).hasPrefix("zed=1&apikey=apikey&"))
        #expect(RequestSignature.sign(text, secretKey: "SECRETKEY") == "Nckllq+S7u6vNcs01Q2/uXqONz4=")
    }

    /// `cs` 5.2.0 and apache-libcloud 3.9.1 by their own functions, the others by their encoders: each printable ASCII
    /// character by itself, all of them, and others.
    @Test("what clients sign")
    func clients() throws {
        let lines = Fixtures.text(try Fixtures.read("api/signatures.tsv")).split(separator: "\n")
        #expect(Set(lines.map { $0.prefix { $0 != "\t" } }).count == 10)
        for line in lines {
            let query = String(line.drop { $0 != "\t" }.dropFirst())
            #expect(try isValid(query), "\(line)")
            #expect(try !isValid(query, "another secret"), "\(line)")
        }
    }

    @Test("a plus sign of the signature that a client did not encode, which comes as a blank")
    func plusInSignature() throws {
        let text = CanonicalForm.cloudStack.text(try parameters("a=1").all)
        let secret = try #require(
            (0..<1000).map(String.init).first { RequestSignature.sign(text, secretKey: $0).contains("+") }
        )
        #expect(try isValid("a=1&signature=" + RequestSignature.sign(text, secretKey: secret), secret))
    }

    @Test("no change of a value, a name or the number of parameters goes unseen")
    func tampering() throws {
        let lines = Fixtures.text(try Fixtures.read("api/signatures.tsv")).split(separator: "\n")
        let query = try #require(lines.first { $0.hasPrefix("libcloud") }).dropFirst("libcloud\t".count)
        let signed = try parameters(String(query))
        let signature = try #require(signed["signature"])
        func isValid(_ parameters: [RequestParameters.Parameter]) -> Bool {
            RequestSignature.isValid(signature, of: parameters, secretKey: Self.secret)
        }
        #expect(isValid(signed.all))
        #expect(isValid(signed.all.reversed()))
        for (index, parameter) in signed.all.enumerated() where parameter.name != "signature" {
            var changed = signed.all
            changed[index] = .init(name: parameter.name, value: parameter.value + "x")
            #expect(!isValid(changed), "\(parameter.name)")
            changed[index] = .init(name: parameter.name + "x", value: parameter.value)
            #expect(!isValid(changed), "\(parameter.name)")
            changed.remove(at: index)
            #expect(!isValid(changed), "\(parameter.name)")
        }
        #expect(!isValid(signed.all + [.init(name: "forced", value: "true")]))
    }

    @Test(
        "signatures that are none",
        arguments: ["", "=", "AAAA", "not base64!", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
    )
    func nonsense(_ signature: String) throws {
        #expect(!RequestSignature.isValid(signature, of: try parameters("a=1").all, secretKey: "s"))
    }

    @Test("no two forms give different requests the same text")
    func ambiguity() throws {
        let values = [
            "a+b", "a b", "a%20b", "a%2bb", "~", "%7e", "[", "%5b", "*", "%2a", "a&b", "a=b", "", "a", "'", "%27",
        ]
        var texts: [[UInt8]: String] = [:]
        for value in values {
            for form in CanonicalForm.all {
                let text = form.text([.init(name: "n", value: value)])
                #expect(texts[text] ?? value == value, "\(value)")
                texts[text] = value
            }
        }
    }
}
