import Foundation
import Glibc
import TestSupport
import Testing

@testable import Provisioning

struct PartialFileTests {
    private static let head = ContentHead(size: 1_000, offset: 0, validator: .entityTag("\"1\""), servesRanges: true)

    @Test(arguments: ["", "a/b", "..", "a.b", String(repeating: "x", count: 129)])
    func badName(id: String) throws {
        try withFolder { folder in
            _ = #expect(throws: DownloadError.self) { try PartialFile.open(in: folder.path, id: id) }
        }
    }

    @Test func missingFolder() {
        #expect(throws: DownloadError.self) { try PartialFile.open(in: "/nowhere", id: "x") }
    }

    @Test func secondOneIsBusy() throws {
        try withFolder { folder in
            var first = try PartialFile.open(in: folder.path, id: "x")
            #expect(first != nil)
            #expect(try PartialFile.open(in: folder.path, id: "x") == nil)
            #expect(try PartialFile.open(in: folder.path, id: "y") != nil)
            first = nil
            #expect(try PartialFile.open(in: folder.path, id: "x") != nil)
        }
    }

    /// As where a process was killed between link(2) and unlink(2), on file systems that cannot rename exclusively.
    @Test func onesThatHaveTheirOwnNameAreBegunAnew() throws {
        try withFolder { folder in
            let (hidden, named) = ("\(folder.path)/.hostler-linked.part", "\(folder.path)/image.qcow2")
            try Data("whole".utf8).write(to: URL(filePath: hidden))
            #expect(chmod(hidden, 0o644) == 0 && link(hidden, named) == 0)
            let file = try #require(try PartialFile.open(in: folder.path, id: "linked"))
            #expect(file.isEmpty && file.received == 0)
            var status = stat()
            #expect(stat(named, &status) == 0 && status.st_mode & 0o777 == 0o644 && status.st_size == 5)
            #expect(stat(hidden, &status) == 0 && status.st_size == 0)
        }
    }

    @Test func filesAreTheOwnersAlone() throws {
        try withFolder { folder in
            let file = try #require(try PartialFile.open(in: folder.path, id: "x"))
            try file.begin(url: "https://u:p@h/x?token=hunter2", Self.head)
            #expect(file.path == folder.path + "/.hostler-x.part")
            for path in [file.path, file.path + ".json"] {
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
            let journal = try String(contentsOfFile: file.path + ".json", encoding: .utf8)
            #expect(!journal.contains("hunter2") && !journal.contains("u:p"))
        }
    }

    @Test func noSpaceBefore() throws {
        try withFolder { folder in
            let file = try #require(try PartialFile.open(in: folder.path, id: "x"))
            var head = Self.head
            head.size = 1 << 60
            let error = #expect(throws: DownloadError.self) { try file.begin(url: "https://h/x", head) }
            #expect(error?.code == .noSpace)
            #expect(error?.message.contains("\(Int64(1) << 60)") ?? false)
        }
    }

    @Test func otherSizeIsNotGoneOnWith() throws {
        try withFolder { folder in
            let file = try #require(try PartialFile.open(in: folder.path, id: "x"))
            try file.begin(url: "https://h/x", Self.head)
            try [UInt8](repeating: 7, count: 100).withUnsafeBytes { try file.append($0) }
            #expect(file.resumption(url: "https://h/x", isChecked: false).offset == 100)
            #expect(file.resumption(url: "https://h/y", isChecked: false).offset == 0)
            #expect(file.resumption(url: "https://h/y", isChecked: true) == PartialFile.Resumption(offset: 100))
            let other = ContentHead(size: 999, offset: 100, validator: nil, servesRanges: true)
            let error = #expect(throws: DownloadError.self) { try file.begin(url: "https://h/x", other) }
            #expect(error?.code == .changed)
        }
    }

    @Test func readerLearnsOfAnEndAndOfANewBeginning() throws {
        try withFolder { folder in
            let file = try #require(try PartialFile.open(in: folder.path, id: "x"))
            try file.begin(url: "https://h/x", Self.head)
            try [UInt8](repeating: 7, count: 100).withUnsafeBytes { try file.append($0) }
            let reader = file.reader()
            var buffer = [UInt8](repeating: 0, count: 200)
            #expect(try buffer.withUnsafeMutableBytes { try reader.read(at: 10, into: $0) } == 90)
            file.fail(DownloadError(.status, "gone"))
            let ended = #expect(throws: DownloadError.self) {
                try buffer.withUnsafeMutableBytes { try reader.read(at: 100, into: $0) }
            }
            #expect(ended?.code == .status)
            file.revive()
            try file.restart()
            let changed = #expect(throws: DownloadError.self) {
                try buffer.withUnsafeMutableBytes { try reader.read(at: 0, into: $0) }
            }
            #expect(changed?.code == .changed)
        }
    }

    @Test func sweepTakesOnlyWhatIsAbandoned() throws {
        try withFolder { folder in
            let held = try #require(try PartialFile.open(in: folder.path, id: "held"))
            for name in [
                ".hostler-old.part", ".hostler-old.part.json", ".hostler-alone.part.json", ".hostler-x.part.json~",
                ".hostler-young.part", "image.qcow2", ".hostler-.part", ".hostler-a.b.part", "hostler-old.part",
            ] { try Data([1]).write(to: folder.appending(path: name)) }
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where !name.contains("young") {
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSinceNow: -1_000)],
                    ofItemAtPath: folder.appending(path: name).path
                )
            }
            #expect(try PartialFile.sweep(folder.path, olderThan: 500) == 3)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            let expected = [
                ".hostler-.part", ".hostler-a.b.part", ".hostler-held.part", ".hostler-young.part", "hostler-old.part",
                "image.qcow2",
            ]
            #expect(left == expected)
            #expect(held.received == 0)
            #expect(throws: DownloadError.self) { try PartialFile.sweep("/nowhere", olderThan: 0) }
        }
    }
}
