import Testing

@testable import Operations
@testable import Provisioning

@Suite struct URLProbeTests {
    private func failure(_ url: String, ca: String?) -> URLProbeError? {
        do throws(URLProbeError) {
            _ = try URLProbe.probe(url, caFile: ca)
            return nil
        } catch {
            return error
        }
    }

    @Test(.enabled(if: ProbeServer.isPossible, "nginx and openssl are needed"))
    func serversAreToldApart() throws {
        let server = try ProbeServer()
        let base = "https://localhost:\(server.ports.good)"
        #expect(try URLProbe.probe("\(base)/x.iso?token=s#f", caFile: server.ca) == RemoteImage(size: 4096))
        #expect(try URLProbe.probe("\(base)/again", caFile: server.ca).size == 4096)
        #expect(try URLProbe.probe("\(base)/x.iso", verify: false).size == 4096)

        let cases: [(String, String?, URLProbeError.Code, String)] = [
            ("\(base)/x.iso", nil, .untrusted, "is signed by 'CN = Probe test CA', which this host does not trust"),
            ("\(base)/none.iso", server.ca, .status, "has no such file (404)"),
            ("\(base)/login", server.ca, .status, "wants a login (401)"),
            ("\(base)/forbidden", server.ca, .status, "forbids it (403)"),
            ("\(base)/broken", server.ca, .status, "has a problem of its own (500)"),
            ("\(base)/no-ranges/x.iso", server.ca, .noRanges, "does not serve byte ranges"),
            ("\(base)/liar/x.iso", server.ca, .noRanges, "sends the whole file when asked for one byte"),
            ("\(base)/empty.iso", server.ca, .noLength, "is empty"),
            ("\(base)/to-http", server.ca, .redirect, "redirects to a URL that is not https"),
            ("\(base)/circle", server.ca, .redirect, "redirects in circles"),
            ("https://localhost:\(server.ports.expired)/x", server.ca, .expired, "has expired (valid until Jan  2 "),
            (
                "https://localhost:\(server.ports.other)/x", server.ca, .wrongName,
                "is for DNS:other.example and not for localhost"
            ),
            ("https://localhost:\(server.ports.plain)/x", server.ca, .tlsFailed, "does not speak TLS"),
            ("https://localhost:1/x", server.ca, .noConnection, "localhost:1 refuses connections"),
            ("\(base)/x.iso", "/nonexistent.pem", .trustStore, "(/nonexistent.pem) cannot be read"),
        ]
        for (url, ca, code, sentence) in cases {
            let error = try #require(failure(url + "?token=secret", ca: ca), "\(url)")
            #expect(error.code == code, "\(error)")
            #expect(error.message.contains(sentence), "\(error)")
            #expect(!error.message.contains("secret") && !error.message.contains("\n"))
        }
    }

    @Test func unknownHost() throws {
        let error = try #require(failure("https://nobody.invalid/x.iso", ca: nil))
        #expect(error.code == .unknownHost)
        #expect(
            error.message.hasPrefix("the host name 'nobody.invalid' of 'https://nobody.invalid/x.iso' does not resolve")
        )
    }

    @Test func otherSchemes() throws {
        #expect(failure("http://localhost/x", ca: nil)?.code == .badURL)
        #expect(failure("nonsense", ca: nil)?.code == .badURL)
    }

    @Test(arguments: [
        ("https://u:p@host:1/a?b#c", "'https://host:1/a?…'", "host:1", "host"),
        ("https://[::1]:8/a#?b", "'https://[::1]:8/a'", "[::1]:8", "::1"),
        ("https://host", "'https://host'", "host", "host"),
        ("\u{7}", "'?'", "?", "?"),
    ])
    func shownURLs(url: String, text: String, authority: String, host: String) {
        let shown = DisplayURL(url)
        #expect(shown.text == text)
        #expect(shown.authority == authority)
        #expect(shown.host == host)
    }
}
