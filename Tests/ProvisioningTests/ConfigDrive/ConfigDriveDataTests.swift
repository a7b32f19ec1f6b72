import Foundation
import Testing

@testable import Provisioning

@Suite struct ConfigDriveDataTests {
    @Test func everythingSurvivesTheStore() throws {
        let data = ConfigDriveData(
            userData: [0, 0xFF, 0x1F, 0x8B],
            vendorData: Array("#cloud-config\n".utf8),
            sshKeys: [DriveSamples.ed25519],
            metadata: ["role": "wéb"],
            vmData: [VMDataItem(directory: "metadata", filename: "cloud-name", content: "c")],
            password: "\"\\é😀",
            network: .file(Array("version: 2".utf8)),
            label: "CONFIG-2",
            hostname: "web1",
            isWindows: false
        )
        let stored = try JSONEncoder().encode(data)
        #expect(try JSONDecoder().decode(ConfigDriveData.self, from: stored) == data)
    }

    @Test func bytesAreStoredInBase64() throws {
        let stored = try JSONEncoder().encode(ConfigDriveData(userData: [1, 2, 3]))
        #expect(String(decoding: stored, as: UTF8.self) == #"{"userData":"AQID"}"#)
    }

    @Test func missingMembersAreNothing() throws {
        #expect(try JSONDecoder().decode(ConfigDriveData.self, from: Data("{}".utf8)) == ConfigDriveData())
    }

    @Test func unknownMembersOfALaterReleaseAreLeftOut() throws {
        let stored = Data(#"{"later":1,"network":"auto"}"#.utf8)
        #expect(try JSONDecoder().decode(ConfigDriveData.self, from: stored) == ConfigDriveData(network: .auto))
    }

    @Test func unknownNetworkSourceIsRefused() {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(ConfigDriveData.self, from: Data(#"{"network":"ether"}"#.utf8))
        }
    }
}
