import Testing

@testable import Provisioning

/// Against RFC 1321, FIPS 180-4's examples and `openssl passwd -6`.
@Suite struct DigestTests {
    @Test(arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"), ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        (String(repeating: "1234567890", count: 8), "57edf4a22be3c955ac49da2e2107b67a"),
        (String(repeating: "a", count: 300), "4e5475d125a33c6190718e75adc1b704"),
        ("jk8ssl", "0000000018e6137ac2caab16074784a6"),
    ])
    func md5(_ text: String, _ expected: String) {
        #expect(MD5.hex(Array(text.utf8)) == expected)
    }

    /// `abc`, and lengths around where padding takes a block of its own.
    @Test(arguments: [
        ("abc", 1, "ddaf35a193617abacc417349ae204131"), ("a", 111, "fa9121c7b32b9e01733d034cfc78cbf6"),
        ("a", 112, "c01d080efd492776a1c43bd23dd99d0a"), ("a", 119, "130396a75cb483f2eee8c56d8a668bb3"),
        ("a", 120, "f241de612b01aa2fa3cf01531d2a8e5e"), ("a", 127, "828613968b501dc00a97e08c73b118aa"),
        ("a", 128, "b73d1929aa615934e61a871596b3f3b3"), ("a", 300, "a6a77010dd9696c23831e6549de51724"),
    ])
    func sha512(_ text: String, _ count: Int, _ expected: String) {
        let digest = SHA512.digest(Array(String(repeating: text, count: count).utf8))
        #expect(digest.count == 64)
        let hex = digest.prefix(16).map { $0 < 16 ? "0\(String($0, radix: 16))" : String($0, radix: 16) }
        #expect(hex.joined() == expected)
    }

    @Test(arguments: [
        (
            "R", "0123456789abcdef",
            "jmEF1DrUHePplK7iD3mFHpr6juIeGU0NWFJf8UGhUmfx6D.f/pGuz1.FyjuVVGTLt0T.WCG/F6IoScfBJcvlA."
        ),
        (
            "RANDOM", "0123456789abcdef",
            "e4g7x7hEWHIR0rq2m4R5TvU2dNoXqPINsGcGa4VPr/0IwAyr0lmaPgvFQixbBu7IYSY2TX6KSQJnLuFuNvtj90"
        ),
        (
            "$6$a$b", "0123456789abcdef",
            "607b4wH2ROm.v//0bJ4cV289g1gKyFH5mqcRWuE5ovdsTZDkDmJ9Le5zUszGMsLMEPCFo3DErlla32a1U3lAc."
        ),
        (
            String(repeating: "x", count: 200) + "é😀", "abc",
            "ad7Sb2zMH8TuUrp90i4jkTDE.rLxXiHiH3REGv8tmuvfGTljzTiOh1Oj9gsslNJy7UjkthZ8NP1BVDpHBJaN1."
        ),
    ])
    func sha512Crypt(_ password: String, _ salt: String, _ expected: String) {
        #expect(SHA512Crypt.hash(Array(password.utf8), salt: Array(salt.utf8)) == "$6$\(salt)$\(expected)")
    }
}
