import Foundation
import Glibc
import TestSupport
import Testing

@testable import Provisioning

@Suite struct ISOWriterTests {
    @Test func everyReaderSeesTheLabelInItsCase() throws {
        try withFolder { folder in
            for label in ["config-2", "cidata", "CONFIG-2"] {
                let file = folder.appending(path: label)
                try Drives.write(try ISOWriter.image(of: Drives.configDrive(), label: label), to: file)
                #expect(try Command.check("blkid", "-p", "-o", "value", "-s", "LABEL", file.path) == label + "\n")
                #expect(try Command.check("isoinfo", "-d", "-i", file.path).contains("Volume id: \(label)\n"))
            }
        }
    }

    @Test func jolietHasTheLabelToo() throws {
        let image = try ISOWriter.image(of: Drives.configDrive(), label: "config-2")
        let descriptor = image[17 * 2048..<18 * 2048]
        let label = "config-2".padding(toLength: 16, withPad: " ", startingAt: 0).utf16.flatMap {
            [UInt8(0), UInt8($0)]
        }
        #expect(descriptor.first == 2)
        #expect(Array(descriptor.dropFirst(40).prefix(32)) == label)
    }

    @Test(arguments: ["-R", "-J"]) func longNamesStay(tree: String) throws {
        let names = [
            "openstack/latest/meta_data.json", "user-data", "network-config", "a.b.c.d", ".hidden", "Upper and lower",
            String(repeating: "n", count: 60) + ".txt", "one/two/three/four/five/six/seven/eight",
        ]
        try withFolder { folder in
            let file = folder.appending(path: "x.iso")
            let drive = try Drives.tree(Dictionary(uniqueKeysWithValues: names.map { ($0, $0) }))
            try Drives.write(try ISOWriter.image(of: drive, label: "x"), to: file)
            let listing = try Command.check("isoinfo", "-f", tree, "-i", file.path)
            let found = Set(listing.split(separator: "\n").map { $0.replacing(/;1$/, with: "") })
            for name in names { #expect(found.contains("/" + name)) }
        }
    }

    @Test func sharedContentIsAHardLink() throws {
        try withFolder { folder in
            let file = folder.appending(path: "x.iso")
            try Drives.write(try ISOWriter.image(of: Drives.configDrive(), label: "config-2"), to: file)
            let listing = try Command.check("isoinfo", "-l", "-R", "-i", file.path)
            let lines = listing.split(separator: "\n").filter { $0.contains("user_data") }
            #expect(lines.count == 2)
            #expect(lines.allSatisfy { $0.hasPrefix("-r--r--r--   2    0    0            5000 Jan  1 1970") })
            let places = Set(lines.compactMap { $0.firstMatch(of: /\[ *\d+ 00\]/).map { String($0.output) } })
            #expect(places.count == 1)
        }
    }

    @Test func namesOfAllLanguagesStay() throws {
        // Three bytes of UTF-8 for each character: as long as a name can be in Rock Ridge.
        let names = ["Groß und klein é", String(repeating: "語", count: 64)]
        let drive = try Drives.tree(Dictionary(uniqueKeysWithValues: names.map { ("x/" + $0, $0) }))
        try withFolder { folder in
            let file = folder.appending(path: "x.iso")
            let image = try ISOWriter.image(of: drive, label: "x")
            try Drives.write(image, to: file)
            let listing = try Command.check("isoinfo", "-f", "-R", "-i", file.path).split(separator: "\n")
            for name in names {
                #expect(listing.contains { $0 == "/x/" + name })
                // isoinfo shows Joliet's names in the character set of its terminal; the image has them in UCS-2.
                let units = Array(name.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
                #expect(Data(image).range(of: Data(units)) != nil)
            }
        }
    }

    @Test func xorrisoUnpacksWhatWentIn() throws {
        try withFolder { folder in
            let file = folder.appending(path: "x.iso")
            let out = folder.appending(path: "out")
            let drive = try Drives.configDrive()
            try Drives.write(try ISOWriter.image(of: drive, label: "config-2"), to: file)
            try Command.check("xorriso", "-osirrox", "on", "-indev", file.path, "-extract", "/", out.path)
            for item in drive.files {
                #expect(try Data(contentsOf: out.appending(path: item.path)) == Data(drive.contents[item.content]))
            }
            try Command.check("chmod", "-R", "u+w", out.path)
        }
    }

    @Test func sameInputGivesSameBytesLater() throws {
        let first = try ISOWriter.image(of: Drives.configDrive(), label: "config-2", date: 1_700_000_000)
        // Two seconds of the clock, in case that one crept in.
        Thread.sleep(forTimeInterval: 2)
        #expect(try ISOWriter.image(of: Drives.configDrive(), label: "config-2", date: 1_700_000_000) == first)
        #expect(try ISOWriter.image(of: Drives.configDrive(), label: "config-2", date: 1_700_000_001) != first)
    }

    @Test func everythingHasTheDate() throws {
        try withFolder { folder in
            let file = folder.appending(path: "x.iso")
            try Drives.write(try ISOWriter.image(of: Drives.configDrive(), label: "x", date: 951_782_400), to: file)
            #expect(
                try Command.check("blkid", "-p", "-o", "value", "-s", "UUID", file.path) == "2000-02-29-00-00-00-00\n"
            )
            let listing = try Command.check("isoinfo", "-l", "-R", "-i", file.path)
            let entries = listing.split(separator: "\n").filter { $0.contains("[") }
            #expect(entries.count > 8)
            #expect(entries.allSatisfy { $0.contains("Feb 29 2000") })
        }
    }

    @Test(arguments: [
        (0, "1970010100000000"), (951_868_799, "2000022923595900"), (1_700_000_000, "2023111422132000"),
        (4_107_542_400, "2100030100000000"), (5_869_583_999, "2155123123595900"),
    ]) func datesAreThoseOfTheCalendar(seconds: Int, digits: String) {
        #expect(ISODate.digits(seconds) == digits)
    }

    @Test func nothingOfHostAndLibraryGetsIn() throws {
        let image = try ISOWriter.image(of: Drives.configDrive(), label: "config-2")
        let primary = image[16 * 2048..<17 * 2048]
        // Publisher and preparer; the application names no version; then what the application may use freely.
        #expect(primary.dropFirst(318).prefix(256).allSatisfy { $0 == 0x20 })
        #expect(Array(primary.dropFirst(574).prefix(128)) == Array("HOSTLER".utf8) + Array(repeating: 0x20, count: 121))
        #expect(primary.dropFirst(883).prefix(512).allSatisfy { $0 == 0 || $0 == 0x20 })
        #expect(image.prefix(16 * 2048).allSatisfy { $0 == 0 })
    }

    @Test func exactly64MiBPassAndOneBlockMoreDoesNot() throws {
        func drive(_ size: Int) throws -> DriveTree {
            var tree = DriveTree()
            try tree.add("small", [1])
            try tree.add("user-data", [UInt8](repeating: 7, count: size))
            return tree
        }
        let overhead = try ISOWriter.image(of: drive(2048), label: "cidata").count - 2048
        let fitting = ISOWriter.maximumSize - overhead
        #expect(try ISOWriter.image(of: drive(fitting), label: "cidata").count == 64 << 20)
        let complaint = Drives.complaint { () throws(ConfigDriveError) in
            guard let tree = try? drive(fitting + 1) else { return }
            _ = try ISOWriter.image(of: tree, label: "cidata")
        }
        #expect(
            complaint
                == ConfigDriveError(
                    .tooLarge,
                    "the drive would have 67110912 bytes; 67108864 (64 MiB) is the most; its largest file is 'user-data' "
                        + "with \(fitting + 1) bytes"
                )
        )
    }

    @Test func threadsDoNotDisturbEachOther() async throws {
        let expected = try (0..<8).map {
            try ISOWriter.image(of: Drives.tree(["a": "\($0)", "b": "x"]), label: "l\($0)")
        }
        try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            for round in 0..<64 {
                group.addTask {
                    let number = round % 8
                    return (
                        number, try ISOWriter.image(of: Drives.tree(["a": "\(number)", "b": "x"]), label: "l\(number)")
                    )
                }
            }
            for try await (number, image) in group { #expect(image == expected[number]) }
        }
    }

    @Test func memoryDoesNotGrow() throws {
        let drive = try Drives.configDrive()
        func resident() throws -> Int {
            let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
            return (Int(text[1]) ?? 0) * 4096
        }
        for _ in 0..<50 { _ = try ISOWriter.image(of: drive, label: "config-2") }
        var growth: [Int] = []
        // Other tests run beside this one and take memory for a while, but not in each round.
        while growth.count < 5 && (growth.min() ?? .max) > 4 << 20 {
            let before = try resident()
            for _ in 0..<300 { _ = try ISOWriter.image(of: drive, label: "config-2") }
            growth.append(try resident() - before)
        }
        // An image has more than 60 kB, so that one leaked in four would show.
        #expect((growth.min() ?? .max) <= 4 << 20)
    }

    @Test(arguments: [
        ("", "a drive needs a label, such as config-2 or cidata"),
        ("my drive", "label 'my drive' contains ' '; letters, digits and '_', '-', '.' are allowed"),
        ("größe", "label 'größe' contains 'ö'; letters, digits and '_', '-', '.' are allowed"),
        ("seventeen-letters", "label 'seventeen-letters' has 17 characters; 16 is the most that Windows reads"),
    ]) func badLabels(label: String, message: String) throws {
        let drive = try Drives.configDrive()
        let complaint = Drives.complaint { () throws(ConfigDriveError) in
            _ = try ISOWriter.image(of: drive, label: label)
        }
        #expect(complaint == ConfigDriveError(.badInput, message))
    }

    @Test(
        arguments: [
            (["a:b"], "'a:b' contains ':'; a file name on a drive cannot have any of '*/:;?\\'"),
            (["x/a\\b"], "'x/a\\b' contains '\\'; a file name on a drive cannot have any of '*/:;?\\'"),
            (["a\nb"], "'a?b' contains a control character, which a file name on a drive cannot have"),
            (["😀"], "'😀' contains '😀', which is outside of UCS-2; use a simpler character"),
            (["a."], "'a.' has a name that ends with a dot or a space, which Windows takes off"),
            (["a /b"], "'a /b' has a name that ends with a dot or a space, which Windows takes off"),
            (["1/2/3/4/5/6/7/8/9"], "'1/2/3/4/5/6/7/8/9' is 9 levels deep; 8 is the most that ISO 9660 holds"),
            (
                ["a/Name", "a/name"],
                "'a/Name' and 'a/name' differ only in case, which Windows does not tell apart; rename one of them"
            ),
            (
                ["Dir/a", "dir/b"],
                "'Dir' and 'dir' differ only in case, which Windows does not tell apart; rename one of them"
            ),
            (["a", "a/b"], "'a' is a file and a folder at once; rename one of them"),
            (["a/b/c", "a/b"], "'a/b' is a file and a folder at once; rename one of them"),
            ([], "the drive has no files; give it at least one"),
        ] as [([String], String)]
    ) func badNames(paths: [String], message: String) throws {
        var tree = DriveTree()
        for path in paths { try tree.add(path, [1]) }
        let drive = tree
        let complaint = Drives.complaint { () throws(ConfigDriveError) in
            _ = try ISOWriter.image(of: drive, label: "x")
        }
        #expect(complaint == ConfigDriveError(.badInput, message))
    }

    @Test func longNamesAndPathsAreRefused() throws {
        func complaint(_ path: String) throws -> String? {
            let tree = try Drives.tree([path: "x"])
            return Drives.complaint { () throws(ConfigDriveError) in
                _ = try ISOWriter.image(of: tree, label: "x")
            }?.message
        }
        let name = String(repeating: "n", count: 65)
        #expect(try complaint(name) == "'\(name)' contains the name '\(name)' of 65 characters; 64 is the most")
        let folder = String(repeating: "n", count: 60) + "/"
        let path = folder + folder + folder + String(repeating: "n", count: 58)
        #expect(
            try complaint(path)
                == "'\(path.prefix(120))…' has 241 characters; 240 is the most that a path may have"
        )
        #expect(try complaint(String(path.dropLast())) == nil)
    }

    @Test(arguments: [-1, 5_869_584_000]) func badDates(date: Int) throws {
        let drive = try Drives.configDrive()
        let complaint = Drives.complaint { () throws(ConfigDriveError) in
            _ = try ISOWriter.image(of: drive, label: "x", date: date)
        }
        #expect(
            complaint
                == ConfigDriveError(
                    .badInput,
                    "\(date) seconds since 1970 is not a date that ISO 9660 can hold; 0 to 5869583999 is"
                )
        )
    }
}
