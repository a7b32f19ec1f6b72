import Foundation
import TestSupport
import Testing

@testable import Provisioning

/// Whole drives: `Tests/Fixtures/configdrive/<case>/` has `input.json`, each content once below `tree/`, and in `links`
/// the files that share one.
@Suite struct GoldenDriveTests {
    private struct Input: Decodable {
        struct Guest: Decodable {
            let uuid: String
            let name: String?
        }

        let layout: String
        let guest: Guest
        let data: ConfigDriveData
    }

    private static let folder = "configdrive"
    private static let cases = Set(Fixtures.files(below: folder).map { String($0.split(separator: "/")[1]) }).sorted()

    private func input(_ name: String) throws -> Input {
        try JSONDecoder().decode(Input.self, from: Data(try Fixtures.read("\(Self.folder)/\(name)/input.json")))
    }

    private func tree(_ input: Input) throws -> DriveTree {
        try ConfigDriveBuilder(layout: DriveLayouts.named(input.layout))
            .tree(input.data, for: GuestFacts(uuid: input.guest.uuid, name: input.guest.name))
    }

    @Test func thereAreCases() {
        #expect(
            Self.cases == ["cloudstack", "everything", "minimal", "nocloud", "nocloud-minimal", "typical", "windows"]
        )
    }

    @Test(arguments: cases)
    func driveIsTheGoldenOne(_ name: String) throws {
        let base = "\(Self.folder)/\(name)"
        let tree = try tree(try input(name))
        var owners: [Int: String] = [:]
        var links = ""
        var expected = ["\(base)/input.json", "\(base)/links"]
        for file in tree.files {
            if let owner = owners[file.content] {
                links += "\(file.path) = \(owner)\n"
                continue
            }
            owners[file.content] = file.path
            let path = "\(base)/tree/\(file.path)"
            expected.append(path)
            if Fixtures.isBlessing { try makeFolder(of: path) }
            if let complaint = try Fixtures.compare(tree.contents[file.content], path) { Issue.record("\(complaint)") }
        }
        if let complaint = try Fixtures.compare(Array(links.utf8), "\(base)/links") { Issue.record("\(complaint)") }
        for orphan in Set(Fixtures.files(below: base)).subtracting(expected) {
            if let complaint = try Fixtures.compare(nil, orphan) { Issue.record("\(complaint)") }
        }
    }

    private func makeFolder(of path: String) throws {
        let folder = Fixtures.directory.appending(path: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Through an image, as a guest would.
    @Test(arguments: DriveLayouts.all.map(\.name))
    func guestsReadTheGoldenDrives(_ layout: String) throws {
        let inputs = try Self.cases.map { try input($0) }.filter { $0.layout == layout }
        let views = try GuestView.read(try inputs.map { try tree($0) }, isNoCloud: layout == "nocloud", asImages: true)
        for (input, view) in zip(inputs, views) {
            let contents = try DriveContents(
                input.data,
                for: GuestFacts(uuid: input.guest.uuid, name: input.guest.name)
            )
            #expect(view.errors.isEmpty && view.complaints.isEmpty, "\(view.cloudInit)")
            #expect(view.instanceID == (layout == "nocloud" ? contents.wellKnown["instance-id"] : input.guest.uuid))
            #expect(view.hostname == contents.hostname)
            #expect(view.keys.sorted() == contents.sshKeys.map(\.line).sorted())
            #expect(view.userData == contents.userData ?? [])
            #expect(view.config["password"] as? String == contents.password?.text)
            if layout == "configdrive" { #expect(view.version == 2) }
            #expect(view.cloudbaseInit["hostname"] as? String == contents.hostname)
            #expect((view.cloudbaseInit["keys"] as? [String])?.sorted() == contents.sshKeys.map(\.line).sorted())
            let administrator = contents.servesWindows ? contents.password?.text : nil
            #expect(view.cloudbaseInit["password"] as? String == administrator)
        }
    }
}
