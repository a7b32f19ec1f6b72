import Foundation
import Provisioning
import TestSupport
import Testing

@Suite("certificates")
struct CertificateTests {
    private static var now: Int { Int(Date().timeIntervalSince1970 * 1000) }

    @Test("says what OpenSSL's own command says")
    func fields() throws {
        try withFolder { folder in
            let pem = try TestCertificate.make("/O=Bücher \"A\"/CN=Test CA", in: folder)
            let file = folder.appending(path: "c.pem").path
            try Data(pem.utf8).write(to: URL(filePath: file))
            let certificate = try #require(try PEMBundle.parse(pem).first)
            func openssl(_ option: String...) throws -> String {
                let outcome = try Command.run(["openssl", "x509", "-in", file, "-noout"] + option)
                return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
            }
            let subject = try openssl("-subject", "-nameopt", "RFC2253,-esc_msb,utf8")
            #expect(subject == "subject=" + certificate.subject)
            #expect(try openssl("-serial").lowercased() == "serial=" + certificate.serialNumber)
            #expect(try openssl("-subject_hash") == certificate.subjectHash)
            let digest = try openssl("-fingerprint", "-sha256").replacingOccurrences(of: ":", with: "").lowercased()
            #expect(digest.hasSuffix(certificate.fingerprint))
            #expect(certificate.pem == pem)
            #expect(certificate.isAuthority && certificate.version == 3)
            #expect(certificate.notAfter - certificate.notBefore == 10 * 86_400_000)
        }
    }

    @Test("is taken in every form that clients send it in")
    func forms() throws {
        try withFolder { folder in
            let (one, two) = (
                try TestCertificate.make("/CN=One", in: folder), try TestCertificate.make("/CN=Two", in: folder)
            )
            let body = one.split(separator: "\n").dropFirst().dropLast().joined(separator: "\n")
            let forms = [
                one, one.replacingOccurrences(of: "\n", with: "\r\n"), one.replacingOccurrences(of: "\n", with: " "),
                body,
                body.replacingOccurrences(of: "\n", with: ""), "\n\n  " + one + "\n\n",
                one.replacingOccurrences(of: "+", with: " "),
                one.replacingOccurrences(of: "BEGIN CERTIFICATE", with: "BEGIN+CERTIFICATE")
                    .replacingOccurrences(of: "END CERTIFICATE", with: "END+CERTIFICATE"),
            ]
            for form in forms { #expect(try PEMBundle.parse(form).map(\.subject) == ["CN=One"], "\(form)") }
            #expect(try PEMBundle.parse(one + two).map(\.subject) == ["CN=One", "CN=Two"])
        }
    }

    @Test("what is not to be trusted is refused, each with its sentence")
    func refused() throws {
        try withFolder { folder in
            let good = try TestCertificate.make("/CN=Good", in: folder)
            let key = try Command.check("openssl", "genpkey", "-algorithm", "ed25519")
            let cases = [
                "": "there is no certificate in it; give one in PEM",
                " \n": "there is no certificate in it; give one in PEM",
                "hello": "it is not an X.509 certificate in PEM",
                good + key: "there is a private key in it, which nobody else may have; give the certificate alone",
                key: "there is a private key in it, which nobody else may have; give the certificate alone",
                good + good: "'CN=Good' is in it twice",
                good + "xxx": "there is something behind the certificates: 'xxx'",
                "xxx" + good: "there is something beside the certificates in it: 'xxx'",
                good.replacingOccurrences(of: "CERTIFICATE", with: "X509 CRL"):
                    "there is a 'X509 CRL' in it, where only certificates belong",
                String(good.dropLast(27)): "its END line is missing",
                String(repeating: "a", count: 65_536): "the certificate has 65536 bytes, of which 65535 are allowed",
            ]
            for (text, message) in cases {
                #expect(throws: CertificateError(.badInput, message)) { try PEMBundle.parseValid(text, now: Self.now) }
            }
            let later = Self.now + 11 * 86_400_000
            #expect(throws: CertificateError.self) { try PEMBundle.parseValid(good, now: later) }
            #expect(throws: CertificateError.self) { try PEMBundle.parseValid(good, now: 0) }
        }
    }

    @Test(
        "names that CloudStack does not take are refused",
        arguments: ["", "cloud", "CLOUD", "cloudca1", "a b", "-a", "a_b", "../x"]
    )
    func aliases(_ alias: String) {
        #expect(throws: CertificateError.self) { try CertificateAlias.check(alias) }
        #expect(throws: Never.self) { try CertificateAlias.check("mirror-2") }
    }
}

@Suite("trust store")
struct TrustStoreTests {
    private func verifies(_ pem: String, _ folder: URL, _ store: TrustStore) throws -> Bool {
        let file = folder.appending(path: UUID().uuidString).path
        try Data(pem.utf8).write(to: URL(filePath: file))
        return try Command.run(
            ["openssl", "verify", "-CApath", store.folder, "-no-CAfile", "-no-CAstore", file]
        ).status == 0
    }

    @Test("OpenSSL finds what is in it, several of the same subject too, and not what was taken out")
    func lookup() throws {
        try withFolder { folder in
            let store = TrustStore(folder: folder.appending(path: "a/trust").path)
            let pems = try (0..<3).map { try TestCertificate.make("/CN=Same \($0 / 2)", in: folder) }
            let all = try pems.map { try PEMBundle.parse($0) }
            try store.make(["one": all[0], "two": all[1], "three": all[2]])
            for pem in pems { #expect(try verifies(pem, folder, store)) }
            #expect(try store.make(["one": all[0], "two": all[1], "three": all[2]]).isEmpty)
            try store.make(["two": all[1]])
            #expect(try verifies(pems[1], folder, store))
            #expect(try !verifies(pems[0], folder, store))
            #expect(try FileManager.default.contentsOfDirectory(atPath: store.folder).count == 2)
            try store.make([:])
            #expect(try FileManager.default.contentsOfDirectory(atPath: store.folder).isEmpty)
        }
    }

    @Test("a chain is one file, each of its certificates is found")
    func chain() throws {
        try withFolder { folder in
            let store = TrustStore(folder: folder.appending(path: "trust").path)
            let (one, two) = (
                try TestCertificate.make("/CN=Root", in: folder), try TestCertificate.make("/CN=Other", in: folder)
            )
            try store.make(["both": try PEMBundle.parse(one + two)])
            #expect(try verifies(one, folder, store) && verifies(two, folder, store))
        }
    }

    @Test("what somebody else has changed is found and mended, what is his is left alone")
    func drift() throws {
        try withFolder { folder in
            let store = TrustStore(folder: folder.appending(path: "trust").path)
            let wanted = ["one": try PEMBundle.parse(try TestCertificate.make("/CN=One", in: folder))]
            try store.make(wanted)
            let own = store.folder + "/theirs.pem"
            try Data("theirs".utf8).write(to: URL(filePath: own))
            try Data("damaged".utf8).write(to: URL(filePath: store.folder + "/one.pem"))
            #expect(try store.drift(from: wanted).missing == ["one"])
            #expect(try store.make(wanted).missing == ["one"])
            #expect(try store.drift(from: wanted).isEmpty)
            let link = try #require(
                try FileManager.default.contentsOfDirectory(atPath: store.folder).first { $0.hasSuffix(".0") }
            )
            try FileManager.default.removeItem(atPath: store.folder + "/" + link)
            #expect(try store.drift(from: wanted).hasWrongLinks)
            try store.make([:])
            #expect(try FileManager.default.contentsOfDirectory(atPath: store.folder) == ["theirs.pem"])
        }
    }

    @Test("the system's store gets one file for each certificate, and what its program says when it fails")
    func system() throws {
        try withFolder { folder in
            let program = folder.appending(path: "update")
            func write(_ script: String) throws {
                try Command.makeProgram(program.path, script)
            }
            let trust = SystemTrust(folder: folder.appending(path: "local").path, program: program.path)
            let chain = try PEMBundle.parse(
                try TestCertificate.make("/CN=One", in: folder) + TestCertificate.make("/CN=Two", in: folder)
            )
            try write("echo working; echo 'no space' >&2; exit 3")
            #expect(throws: CertificateError(.system, "\(program.path) fails: no space")) {
                try trust.make(["a": chain])
            }
            try write("echo ran >>'\(folder.path)/runs'")
            #expect(try trust.make(["a": chain]))
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "local").path)
                .sorted()
            #expect(names == ["hostler-a-2.crt", "hostler-a.crt"])
            #expect(try !trust.make(["a": chain]))
            #expect(try trust.make([:]))
            #expect(try String(contentsOfFile: folder.path + "/runs", encoding: .utf8) == "ran\nran\n")
        }
    }
}

@Suite("OpenSSL digests")
struct OpenSSLDigestTests {
    @Test("known answers: FIPS 180, RFC 1321, RFC 2202, and CloudStack's documentation")
    func known() {
        let abc = Array("abc".utf8)
        #expect(hexadecimal(DigestAlgorithm.md5.digest(abc)) == "900150983cd24fb0d6963f7d28e17f72")
        #expect(hexadecimal(DigestAlgorithm.sha1.digest(abc)) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(
            hexadecimal(DigestAlgorithm.sha256.digest(abc))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        let key = [UInt8](repeating: 0x0B, count: 20)
        #expect(
            hexadecimal(HMAC.sha1(key: key, data: Array("Hi There".utf8))) == "b617318655057264e28bc0b6fb378c8ef146be00"
        )
        #expect(
            constantTimeEqual(abc, abc) && !constantTimeEqual(abc, Array("abd".utf8)) && !constantTimeEqual(abc, [])
        )
    }
}
