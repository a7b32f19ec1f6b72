import DomainXML
import Foundation
import StateStore
import TestSupport
import Testing

@testable import HostlerCommands
@testable import Operations
@testable import Provisioning

/// What is kept, and what is made of it, without libvirt.
@Suite struct ConfigDriveStateTests {
    private static let uuid = "5e2f9a0c-3b60-4ee8-a3c4-8a0f2f4f2a11"

    private func record(_ state: HostState, _ change: (inout DriveRecord) -> Void = { _ in }) -> DriveRecord {
        var record = DriveRecord(guest: "a", uuid: Self.uuid, uri: "qemu:///system", folder: state.driveFolder)
        change(&record)
        return record
    }

    private func withState(_ body: (HostState) throws -> Void) throws {
        try withFolder { folder in
            // The state's folder has to be its owner's alone to write, whatever the umask of the tests.
            let state = HostState(folder: folder.appending(path: "hostler").path)
            try body(state)
        }
    }

    private func domain(_ state: HostState) throws -> [UInt8] {
        let text = Fixtures.text(try Fixtures.read("transforms/configdrive/abi.in.xml"))
        return Array(text.replacing("/pool/", with: state.driveFolder + "/").utf8)
    }

    @Test func recordsComeBackAsTheyWere() throws {
        try withState { state in
            let records = DriveRecords(store: try state.open())
            let written = record(state) {
                $0.pool = "images"
                $0.data.userData = [0, 255]
                $0.data.password = "p"
                $0.data.network = .file(Array("version: 2".utf8))
            }
            let revision = try #require(try records.put(written, over: nil))
            let entry = try #require(try records.entry(Self.uuid))
            #expect(entry.record == written && entry.revision == revision)
            #expect(try records.all() == [written])
            #expect(try records.put(written, over: nil) == nil, "somebody else's change is not overwritten")
            try records.remove(Self.uuid)
            #expect(try records.entry(Self.uuid) == nil)
        }
    }

    @Test func preparingMakesTheDriveOnceAndAgainWhenItIsNotCurrent() throws {
        try withState { state in
            let xml = try domain(state)
            let path = record(state).path
            // Nothing is kept: a drive with the UUID and the name.
            #expect(try Artefacts.prepare(xml, state) == [])
            #expect(try ISOReader.read(path: path).tree["cloudstack/metadata/vm-id.txt"] == Array(Self.uuid.utf8))
            #expect(try Files.kind(state.stateFile) == .nothing)

            let records = DriveRecords(store: try state.open())
            _ = try records.put(record(state) { $0.data.userData = Array("one".utf8) }, over: nil)
            #expect(try Artefacts.prepare(xml, state) == [])
            #expect(try ISOReader.read(path: path).tree["openstack/latest/user_data"] == Array("one".utf8))
            let number = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
            let time = Files.changeTime(path) ?? 0
            usleep(20_000)
            #expect(try Artefacts.prepare(xml, state) == [])
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int == number)
            // As prune looks at it.
            #expect(Files.changeTime(path) ?? 0 > time)
            try FileManager.default.removeItem(atPath: path)
            #expect(try Artefacts.prepare(xml, state) == [])
            #expect(try ISOReader.read(path: path).tree["openstack/latest/user_data"] == Array("one".utf8))

            try Artefacts.release(xml, state)
            #expect(try Files.kind(path) == .nothing)
            #expect(try records.entry(Self.uuid) != nil, "what the drive is made of stays")
            try Artefacts.release(xml, state)
        }
    }

    @Test func anotherProgramsFileIsNeitherReplacedNorRemoved() throws {
        try withState { state in
            let xml = try domain(state)
            try state.makeDriveFolder()
            let path = record(state).path
            try Data("precious".utf8).write(to: URL(filePath: path))
            let expected = OperationError(
                .failure,
                "\(path) is not a drive that Hostler has made, so it is left alone"
            )
            #expect(throws: expected) { try Artefacts.prepare(xml, state) }
            #expect(throws: expected) { try Artefacts.release(xml, state) }
            #expect(try Data(contentsOf: URL(filePath: path)) == Data("precious".utf8))
        }
    }

    @Test func anIncomingGuestNeedsWhatItsDriveIsMadeOf() throws {
        try withState { state in
            let here = try domain(state)
            let elsewhere = Array(Fixtures.text(here).replacing(state.driveFolder, with: "/elsewhere").utf8)
            let refused = #expect(throws: OperationError.self) { try Artefacts.migrate(elsewhere, state) }
            #expect(refused?.message?.contains("hostler config-drive export a | ssh") == true)

            _ = try DriveRecords(store: try state.open()).put(record(state), over: nil)
            #expect(try Artefacts.migrate(here, state) == [])
            #expect(try Artefacts.migrate(elsewhere, state) == ["configdrive=\(record(state).path)"])
            #expect(try Files.kind(record(state).path) == .file)
        }
    }

    @Test func anIncomingGuestMayBringItsDrive() throws {
        try withState { state in
            try state.makeDriveFolder()
            _ = try DriveFile.replace(record(state).path, with: [1])
            #expect(try Artefacts.migrate(try domain(state), state) == [])
        }
    }

    @Test func aStaleNetworkIsSaidBeforeTheStart() throws {
        try withState { state in
            let network =
                "version: 2\nethernets:\n  eth0:\n    match: {macaddress: '52:54:00:00:00:99'}\n    dhcp4: true\n"
            let stale = record(state) { $0.data.network = .file(Array(network.utf8)) }
            _ = try DriveRecords(store: try state.open()).put(stale, over: nil)
            let error = #expect(throws: ConfigDriveError.self) { try Artefacts.prepare(try domain(state), state) }
            #expect(error?.message.contains("52:54:00:00:00:99") == true)
            #expect(try Files.kind(stale.path) == .nothing)
        }
    }

    @Test func generatedPasswordsHaveAllKindsOfLetters() {
        let passwords = (0..<50).map { _ in GeneratedPassword.make(length: 8) }
        #expect(Set(passwords).count == 50)
        for password in passwords {
            #expect(password.count == 8)
            #expect(password.contains(where: \.isNumber) && password.contains(where: \.isUppercase))
            #expect(!password.contains { "0O1lI".contains($0) })
        }
    }

    @Test func doctorSaysWhenNobodyMakesTheDrives() throws {
        try withState { state in
            #expect(try ConfigDriveCheck.run(state, hasHook: false) == [])
            _ = try DriveRecords(store: try state.open()).put(record(state), over: nil)
            #expect(try ConfigDriveCheck.run(state, hasHook: true).map(\.status) == [.ok])
            #expect(try ConfigDriveCheck.run(state, hasHook: false).map(\.status) == [.warn])
            try Data("no database".utf8).write(to: URL(filePath: state.stateFile))
            #expect(try ConfigDriveCheck.run(state, hasHook: true).map(\.status) == [.fail])
        }
    }
}
