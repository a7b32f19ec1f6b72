import Testing

@testable import Provisioning

@Suite struct SSHPublicKeyTests {
    private func message(_ text: String) -> String? {
        do throws(ConfigDriveError) {
            _ = try SSHPublicKey(text, what: "SSH key 1")
            return nil
        } catch {
            return error.message
        }
    }

    @Test(arguments: [
        DriveSamples.ed25519, DriveSamples.ed25519WithoutComment, DriveSamples.ecdsa, DriveSamples.rsa,
        DriveSamples.dsa,
        DriveSamples.certificate,
    ])
    func keysOfSshKeygenAreTaken(_ line: String) throws {
        #expect(try SSHPublicKey("  \(line)\n", what: "SSH key 1").line == line)
    }

    @Test func typeAndCommentAreTold() throws {
        let key = try SSHPublicKey(DriveSamples.rsa, what: "SSH key 1")
        #expect(key.type == "ssh-rsa")
        #expect(key.comment == "second admin")
        #expect(try SSHPublicKey(DriveSamples.ed25519WithoutComment, what: "SSH key 1").comment.isEmpty)
    }

    @Test(arguments: ["restrict", #"command="a \"b\" ssh-rsa c",no-pty"#, #"from="10.0.0.0/8, *.example""#])
    func optionsAreKept(_ options: String) throws {
        let key = try SSHPublicKey("\(options) \(DriveSamples.ed25519)", what: "SSH key 1")
        #expect(key.line == "\(options) \(DriveSamples.ed25519)")
        #expect(key.comment == "admin@example")
        #expect(key.blob == (try SSHPublicKey(DriveSamples.ed25519, what: "SSH key 1").blob))
    }

    @Test(arguments: [
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=\n-----END OPENSSH PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----", "PuTTY-User-Key-File-3: ssh-ed25519",
    ])
    func privateKeyIsNotEchoed(_ text: String) {
        #expect(message(text) == "SSH key 1 is a private key; give the public one, the line in the .pub file")
    }

    @Test(arguments: ["---- BEGIN SSH2 PUBLIC KEY ----\nAAAA", "-----BEGIN PUBLIC KEY-----\nAAAA"])
    func otherFormatsAreNamed(_ text: String) {
        #expect(
            message(text)
                == "SSH key 1 is not in the format of OpenSSH; ssh-keygen -i turns it into the line that is wanted"
        )
    }

    @Test func emptyKeyIsRefused() {
        #expect(message(" \n") == "SSH key 1 is empty")
    }

    @Test(arguments: ["\n", "\r\n", "\u{0}"])
    func twoLinesAreRefused(_ separator: String) {
        #expect(
            message(DriveSamples.ed25519 + separator + DriveSamples.ecdsa)
                == "SSH key 1 has a line break or another control character; give one key each"
        )
    }

    @Test(arguments: ["hunter2", "ssh-foo AAAA", "rsa AAAA", #"command="ssh-rsa AAAA"#, "AAAAC3NzaC1lZDI1NTE5 me"])
    func unknownTypeIsRefusedWithoutTheText(_ text: String) {
        #expect(
            message(text)
                == "SSH key 1 has no type that cloud-init knows; it should look like 'ssh-ed25519 AAAA… comment'"
        )
    }

    @Test(arguments: ["ssh-ed25519 AAAAC3Nza!", "ssh-ed25519 AAAAC"])
    func whatIsNotBase64IsRefused(_ text: String) {
        #expect(message(text) == "SSH key 1 (ssh-ed25519) is not base64 behind its type; part of it may be missing")
    }

    @Test(arguments: ["ssh-ed25519", "ssh-ed25519 AAAA"])
    func missingKeyIsRefused(_ text: String) {
        #expect(message(text) == "SSH key 1 (ssh-ed25519) has no key behind its type; part of it may be missing")
    }

    @Test func otherTypeInsideIsRefused() {
        let text = DriveSamples.ed25519.replacing("ssh-ed25519", with: "ssh-rsa")
        #expect(message(text) == "SSH key 1 says that it is ssh-rsa, but the key inside is of another type")
    }

    @Test(arguments: [4, 8, 20, 32])
    func keyThatWasCutIsRefused(_ count: Int) {
        let text = DriveSamples.ed25519WithoutComment.dropLast(count)
        #expect(message(String(text)) == "SSH key 1 (ssh-ed25519) is not whole; part of it may be missing")
    }

    @Test func everyCutIsRefused() {
        for line in [DriveSamples.ed25519WithoutComment, DriveSamples.ecdsa.replacing(" admin@example", with: "")] {
            for end in line.indices { #expect(message(String(line[..<end])) != nil) }
        }
    }
}
