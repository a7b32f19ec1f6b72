import Testing

@testable import HostlerAPI

@Suite struct SSHKeyTests {
    static let ed25519 =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ5GNGWPTLAPbNYTNcDkgCXGUmWSVAWAvJbM4MFNfDx ada@example"

    private func register(_ api: TestAPI, _ name: String, _ key: String) async throws -> SSHKeyPairRecord {
        try await api.context.sshKeyPairs.register(name: name, publicKey: key)
    }

    @Test("a key with options and a comment, with ssh-keygen's fingerprint")
    func fingerprint() async throws {
        try await withAPI { api in
            let plain = try await register(api, "ada", "  \(Self.ed25519)\n")
            #expect(plain.publicKey == Self.ed25519)
            #expect(plain.fingerprint == "1d:5b:a2:87:e0:a3:71:8b:04:7f:02:90:52:3a:cb:c0")
            let limited = try OpenSSHKey("from=\"10.0.0.0/8\",command=\"echo hi\" \(Self.ed25519)")
            #expect(limited.fingerprint == plain.fingerprint)
        }
    }

    @Test("names and keys are there once")
    func twice() async throws {
        try await withAPI { api in
            _ = try await register(api, "ada", Self.ed25519)
            await #expect(
                throws: APIError(.parameter, "there is a key pair 'ada' already; delete it or choose another name")
            ) { try await register(api, "ada", Self.ed25519) }
            await #expect(throws: APIError(.parameter, "the key is there already as 'ada'")) {
                try await register(api, "eve", Self.ed25519)
            }
            try await api.context.sshKeyPairs.delete("ada")
            _ = try await register(api, "eve", Self.ed25519)
        }
    }

    @Test(
        "what is no public key, of which nothing is repeated",
        arguments: [
            ("hello", "publickey is not a key as OpenSSH writes it: 'ssh-ed25519 AAAA… comment'"),
            ("ssh-ed25519", "publickey is not a key as OpenSSH writes it: 'ssh-ed25519 AAAA… comment'"),
            ("ssh-ed25519 AAAA", "publickey is not a key as OpenSSH writes it: 'ssh-ed25519 AAAA… comment'"),
            (
                ed25519.replacing("ssh-ed25519", with: "ssh-rsa"),
                "publickey is not a key as OpenSSH writes it: 'ssh-ed25519 AAAA… comment'"
            ),
            (
                "-----BEGIN OPENSSH PRIVATE KEY-----\nabc",
                "publickey is a private key; give the public one, the line in the .pub file"
            ),
            ("\(ed25519)\n\(ed25519)", "publickey has several lines; give one key"),
        ]
    )
    func noKey(_ key: String, _ message: String) async throws {
        try await withAPI { api in
            await #expect(throws: APIError(.parameter, message)) { try await register(api, "ada", key) }
        }
    }

    @Test("names that do not do", arguments: ["", "a,b", "a/b", " a", "a\nb", String(repeating: "x", count: 256)])
    func names(_ name: String) async throws {
        try await withAPI { api in
            let shown = APIError.shown(name)
            let message =
                "the key pair's name '\(shown)' is not one of 1 to 255 bytes without ',', '/' and blanks at its ends"
            await #expect(throws: APIError(.parameter, message)) { try await register(api, name, Self.ed25519) }
        }
    }

    @Test("several keys for one guest, in their order")
    func several() async throws {
        try await withAPI { api in
            _ = try await register(api, "ada", Self.ed25519)
            let other = Self.ed25519.replacing("GJ5GNGWPTLAP", with: "GJ5GNGWPTLAQ")
            _ = try await register(api, "eve", other)
            let command = "command=resetSSHKeyForVirtualMachine&id=\(ID.web)"
            #expect(await api.get("\(command)&keypairs=eve,ada&keypair=ada").status == 200)
            #expect(api.guests.calls == ["keys \(ID.web) [\"\(other)\", \"\(Self.ed25519)\"]"])
        }
    }
}
