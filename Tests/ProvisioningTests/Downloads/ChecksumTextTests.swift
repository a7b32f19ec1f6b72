import Testing

@testable import Provisioning

@Suite struct ChecksumTextTests {
    private static let hexes: [(DigestAlgorithm, String)] = DigestAlgorithm.allCases.map {
        ($0, hexadecimal($0.digest("hostler".utf8)))
    }
    private static let sha256 = hexadecimal(DigestAlgorithm.sha256.digest("hostler".utf8))

    @Test(arguments: [
        ("", "has no digits"),
        (" \n", "has no digits"),
        ("{}", "has no digits"),
        ("{SHA-256}", "has no digits"),
        ("sha256:", "has no digits"),
        ("{SHA-256" + sha256, "'{' without a '}'"),
        ("{SHA-3}" + sha256, "algorithm 'SHA-3' is unknown; known are MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512"),
        ("crc32:00000000", "algorithm 'crc32' is unknown"),
        ("{sha2-56}x", "no hexadecimal digit"),
        ("s--ha__256:00", "algorithm 's--ha__256' is unknown"),
        (String(sha256.dropLast()), "has 63 hexadecimal digits; there are 32 for MD5, 40 for SHA-1"),
        ("{SHA-256}" + sha256.dropLast(), "has 63 hexadecimal digits instead of 64; copy it again"),
        ("{MD5}" + sha256, "has 64 hexadecimal digits instead of 32; that is the length of SHA-256"),
        (String(sha256.dropLast()) + "g", "'g' in it, which is no hexadecimal digit"),
        ("0x" + sha256, "'x' in it"),
        (sha256 + "  file.qcow2", "' ' in it"),
        (String(repeating: "０", count: 64), "no hexadecimal digit"),
        ("{SHA-256}sha256:" + sha256, "no hexadecimal digit"),
    ])
    func refused(_ text: String, _ reason: String) {
        do throws(DownloadError) {
            _ = try Checksum(text)
            Issue.record("'\(text)' was taken")
        } catch {
            #expect(error.code == .badInput && error.message.contains(reason), "\(error)")
        }
    }

    @Test func everyForm() throws {
        for (algorithm, hex) in Self.hexes {
            let names = [
                algorithm.name, algorithm.name.lowercased(), algorithm.rawValue, algorithm.rawValue.uppercased(),
                algorithm.name.lowercased().replacing("-", with: "_"),
            ]
            let forms =
                [hex, "{}" + hex, " {} " + hex]
                + names.flatMap { ["{\($0)}\(hex)", "\($0):\(hex)", "{ \($0) } \(hex)"] }
            for form in forms {
                for text in [form, "\t " + form + " \r\n", form.replacing(hex, with: hex.uppercased())] {
                    #expect(try Checksum(text) == Checksum(algorithm: algorithm, hex: hex), "\(text)")
                }
            }
        }
    }

    @Test func writtenAsCloudStackDoes() throws {
        #expect(try Checksum(Self.sha256.uppercased()).text == "{SHA-256}" + Self.sha256)
        for (algorithm, hex) in Self.hexes {
            let checksum = Checksum(algorithm: algorithm, hex: hex)
            #expect(try Checksum(checksum.text) == checksum)
            #expect(hex.count == algorithm.digits)
        }
    }
}
