import Testing

@testable import Provisioning

/// Against `openssl passwd -6`.
@Suite struct SHA512CryptTests {
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
