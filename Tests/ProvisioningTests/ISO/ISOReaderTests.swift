import Foundation
import Provisioning
import TestSupport
import Testing

@testable import Provisioning

@Suite struct ISOReaderTests {
    static let files = [
        "openstack/latest/meta_data.json": "{}", "openstack/latest/user_data": "#cloud-config\n",
        "cloudstack/metadata/local-hostname.txt": "vm-1", "empty": "",
    ]

    @Test func ourOwnImagesComeBack() throws {
        let drive = try Drives.configDrive()
        let image = try ISOReader.read(try ISOWriter.image(of: drive, label: "config-2"))
        #expect(image.label == "config-2")
        #expect(image.skipped == [])
        #expect(Drives.texts(image.tree) == Drives.texts(drive))
        // The links too: two paths, one content.
        #expect(image.tree.contents.count == 3)
    }

    @Test(arguments: [
        ["genisoimage", "-quiet", "-J", "-r", "-V", "config-2"],
        ["genisoimage", "-quiet", "-r", "-V", "config-2"],
        ["genisoimage", "-quiet", "-J", "-V", "config-2"],
        ["genisoimage", "-quiet", "-J", "-r", "-ldots", "-allow-lowercase", "-allow-multidot", "-l", "-V", "config-2"],
        ["xorriso", "-as", "mkisofs", "-quiet", "-J", "-R", "-V", "config-2"],
        ["xorriso", "-as", "mkisofs", "-quiet", "-iso-level", "3", "-J", "-V", "config-2"],
    ]) func imagesOfOthersAreRead(command: [String]) throws {
        try withFolder { folder in
            let file = try Drives.foreign(command, of: Self.files, in: folder)
            let image = try ISOReader.read(path: file.path)
            #expect(image.label == "config-2")
            #expect(Drives.texts(image.tree) == Self.files.mapValues { Array($0.utf8) })
            #expect(try ISOReader.read(Array(try Data(contentsOf: file))) == image)
        }
    }

    @Test func plainNamesAreReadWhereThereAreNoOthers() throws {
        try withFolder { folder in
            let command = ["genisoimage", "-quiet", "-V", "PLAIN"]
            let file = try Drives.foreign(command, of: ["dir/file.txt": "x", "name": "y"], in: folder)
            let image = try ISOReader.read(path: file.path)
            #expect(image.label == "PLAIN")
            #expect(Drives.texts(image.tree) == ["DIR/FILE.TXT": Array("x".utf8), "NAME": Array("y".utf8)])
        }
    }

    @Test func deepFoldersAreFoundWhereTheyBelong() throws {
        try withFolder { folder in
            let deep = "1/2/3/4/5/6/7/8/9/10/file"
            let file = try Drives.foreign(["genisoimage", "-quiet", "-R"], of: [deep: "x", "y": "z"], in: folder)
            let image = try ISOReader.read(path: file.path)
            #expect(Drives.texts(image.tree) == [deep: Array("x".utf8), "y": Array("z".utf8)])
        }
    }

    @Test func longNamesThatGoOnElsewhereAreRead() throws {
        try withFolder { folder in
            let name = String(repeating: "long", count: 60)
            let file = try Drives.foreign(["genisoimage", "-quiet", "-R"], of: [name: "x"], in: folder)
            #expect(try ISOReader.read(path: file.path).tree[name] == Array("x".utf8))
        }
    }

    @Test func linksAndDevicesAreSkippedAndNamed() throws {
        try withFolder { folder in
            let source = folder.appending(path: "source")
            try FileManager.default.createDirectory(at: source, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: source.appending(path: "link").path,
                withDestinationPath: "/etc/passwd"
            )
            try Command.check("mkfifo", source.appending(path: "pipe").path)
            let file = try Drives.foreign(["genisoimage", "-quiet", "-R"], of: ["file": "x"], in: folder)
            let image = try ISOReader.read(path: file.path)
            #expect(image.skipped == ["link", "pipe"])
            #expect(Drives.texts(image.tree) == ["file": Array("x".utf8)])
        }
    }

    // MARK: What is no image

    static let fat: [UInt8] = {
        var image = [UInt8](repeating: 0, count: 64 << 10)
        image.replaceSubrange(54..<62, with: Array("FAT16   ".utf8))
        image.replaceSubrange(510..<512, with: [0x55, 0xAA])
        return image
    }()

    @Test(arguments: [
        ([], "the image is empty, not an ISO 9660 image"),
        (
            Array("#cloud-config\n".utf8),
            "the image is not an ISO 9660 image: it has no volume descriptor at byte 32768"
        ),
        (
            [0x51, 0x46, 0x49, 0xFB] + [UInt8](repeating: 0, count: 65536),
            "the image is a qcow2 image, not an ISO 9660 image"
        ),
        (fat, "the image is a FAT file system; only ISO 9660 images can be read"),
    ]) func otherFilesAreNotDrives(bytes: [UInt8], message: String) {
        let complaint = Drives.complaint { () throws(ConfigDriveError) in _ = try ISOReader.read(bytes) }
        #expect(complaint == ConfigDriveError(.notADrive, message))
    }

    @Test func otherThingsAreNotDrivesEither() throws {
        try withFolder { folder in
            let complaint = Drives.complaint { () throws(ConfigDriveError) in
                _ = try ISOReader.read(path: folder.path)
            }
            #expect(complaint?.code == .notADrive)
            #expect(complaint?.message.hasSuffix("' is a folder, not an ISO 9660 image") == true)
            let missing = Drives.complaint { () throws(ConfigDriveError) in
                _ = try ISOReader.read(path: "/nonexistent/x.iso")
            }
            #expect(
                missing
                    == ConfigDriveError(.fileSystem, "cannot read '/nonexistent/x.iso': no such file or directory")
            )
            let pipe = folder.appending(path: "pipe").path
            try Command.check("mkfifo", pipe)
            let complaintOfPipe = Drives.complaint { () throws(ConfigDriveError) in _ = try ISOReader.read(path: pipe) }
            #expect(
                complaintOfPipe?.message.hasSuffix("' is neither a file nor a disk, so not an ISO 9660 image") == true
            )
        }
    }

    @Test func imagesThatAreTooLargeAreNotRead() throws {
        try withFolder { folder in
            let file = folder.appending(path: "x.iso").path
            try Command.check("truncate", "-s", "1073741825", file)
            let complaint = Drives.complaint { () throws(ConfigDriveError) in _ = try ISOReader.read(path: file) }
            #expect(complaint?.code == .tooLarge)
            #expect(
                complaint?.message.hasSuffix("' has 1073741825 bytes; 1073741824 (1 GiB) is the most that is read")
                    == true
            )
        }
    }

    // MARK: Images that mean harm

    @Test func cutOffImagesAreRefusedWhereverTheyEnd() throws {
        let image = try ISOWriter.image(of: Drives.configDrive(), label: "config-2")
        for size in stride(from: 1, to: image.count, by: 509) {
            let complaint = Drives.complaint { () throws(ConfigDriveError) in
                _ = try ISOReader.read(Array(image[..<size]))
            }
            #expect(complaint?.code == .notADrive, "cut at \(size)")
        }
    }

    @Test func damagedImagesDoNoHarm() throws {
        let image = try ISOWriter.image(of: Drives.configDrive(), label: "config-2")
        var random = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            var damaged = image
            for _ in 0..<Int.random(in: 1...16, using: &random) {
                damaged[Int.random(in: 16 * 2048..<image.count, using: &random)] =
                    [0, 1, 255, .random(in: 0...255)].randomElement() ?? 0
            }
            // Whatever comes of it, the paths stay below the folder that they are unpacked in.
            if let read = try? ISOReader.read(damaged) {
                for file in read.tree.files { #expect(!("/" + file.path + "/").contains("/../")) }
            }
        }
    }

    /// Where `text` is in the image, at its `number`th place.
    private static func place(of text: String, _ number: Int = 0, in image: [UInt8]) throws -> Int {
        let data = Data(image)
        var start = 0
        for _ in 0..<number { start = try #require(data[start...].range(of: Data(text.utf8))).upperBound }
        return try #require(data[start...].range(of: Data(text.utf8))).lowerBound
    }

    @Test func namesThatLeadOutOfTheFolderAreRefused() throws {
        var image = try ISOWriter.image(of: Drives.tree(["abcdefghijk": "x"]), label: "x")
        // In Rock Ridge's NM, which comes behind the plain name.
        let place = try Self.place(of: "abcdefghijk", 1, in: image)
        image.replaceSubrange(place..<place + 11, with: Array("../../etc/x".utf8))
        let complaint = Drives.complaint { () throws(ConfigDriveError) in _ = try ISOReader.read(image) }
        #expect(
            complaint
                == ConfigDriveError(
                    .notADrive,
                    "the image has a file with the name '../../etc/x', which no file can have"
                )
        )
    }

    @Test func foldersThatContainThemselvesAreRefused() throws {
        var image = try ISOWriter.image(of: Drives.tree(["folder/file": "x"]), label: "x")
        let root = image[16 * 2048 + 156 + 2..<16 * 2048 + 156 + 10]
        let name = try Self.place(of: "folder", in: image)
        image.replaceSubrange(name - 33 + 2..<name - 33 + 10, with: root)
        let complaint = Drives.complaint { () throws(ConfigDriveError) in _ = try ISOReader.read(image) }
        #expect(complaint == ConfigDriveError(.notADrive, "the image is damaged: a folder of it is in two places"))
    }

    @Test func filesThatShareTheirPlaceDoNotFillTheMemory() throws {
        var tree = DriveTree()
        for number in 0..<40 { try tree.add("file\(number)", [UInt8](repeating: 1, count: 2 << 10)) }
        try tree.add("large", [UInt8](repeating: 2, count: 4 << 20))
        var image = try ISOWriter.image(of: tree, label: "x")
        let last = try Self.place(of: "large", in: image) - 33
        for number in 0..<40 {
            let record = try Self.place(of: "file\(number)", in: image) - 33
            // Almost all of the large file, each time with another length.
            let size = UInt32((4 << 20) - number)
            image.replaceSubrange(record + 2..<record + 10, with: image[last + 2..<last + 10])
            withUnsafeBytes(of: size.littleEndian) { image.replaceSubrange(record + 10..<record + 14, with: $0) }
        }
        let complaint = Drives.complaint { () throws(ConfigDriveError) in _ = try ISOReader.read(image) }
        #expect(
            complaint
                == ConfigDriveError(.tooLarge, "the files of the image have more than 67108864 bytes (64 MiB) together")
        )
    }

    @Test func recordsThatReachBeyondTheirBlockAreRefused() throws {
        var image = try ISOWriter.image(of: Drives.tree(["file": "x"]), label: "x")
        let root =
            image[16 * 2048 + 158..<16 * 2048 + 162].enumerated().reduce(0) { $0 | Int($1.1) << (8 * $1.0) } * 2048
        let record = try Self.place(of: "file", in: image) - 33
        let size = Int(image[record])
        // Filled up, so that the last record lies across the end.
        var position = record + size
        while position + size <= root + 2048 {
            image.replaceSubrange(position..<position + size, with: image[record..<record + size])
            position += size
        }
        image[position] = 255
        let complaint = Drives.complaint { () throws(ConfigDriveError) in _ = try ISOReader.read(image) }
        #expect(complaint == ConfigDriveError(.notADrive, "the image is damaged: a folder of it has a broken entry"))
    }
}
