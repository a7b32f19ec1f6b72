import Foundation
import Glibc
import TestSupport
import Testing

@testable import Provisioning

@Suite struct DriveFileTests {
    private static let old: [UInt8] = Array("the old drive".utf8)
    private static let new: [UInt8] = Array("a new drive, which is longer".utf8)

    private func withDrive(_ body: (URL, String) throws -> Void) throws {
        try withFolder { (folder) throws in
            let path = folder.appending(path: "vm.iso").path
            try DriveFile.replace(path, with: Self.old)
            try body(folder, path)
        }
    }

    private func names(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    private func status(_ path: String) -> stat {
        var status = stat()
        lstat(path, &status)
        return status
    }

    private func complaint(_ path: String, on system: some DriveFileSystem = KernelFileSystem()) -> ConfigDriveError? {
        Drives.complaint { () throws(ConfigDriveError) in
            _ = try DriveFile.replace(path, with: Self.new, sync: true, on: system)
        }
    }

    // MARK: Replacing

    @Test func aNewDriveIsForItsOwnerAlone() throws {
        try withFolder { (folder) throws in
            let path = folder.appending(path: "vm.iso").path
            #expect(try DriveFile.replace(path, with: Self.new) == true)
            #expect(try read(path) == Self.new)
            #expect(status(path).st_mode & 0o7777 == 0o600)
            #expect(try names(folder) == ["vm.iso"])
        }
    }

    @Test func anotherDriveTakesThePlaceOfTheOld() throws {
        try withDrive { (folder, path) throws in
            let before = status(path).st_ino
            #expect(try DriveFile.replace(path, with: Self.new, sync: false) == true)
            #expect(try read(path) == Self.new)
            #expect(status(path).st_ino != before)
            #expect(try names(folder) == ["vm.iso"])
        }
    }

    @Test func theSameDriveIsLeftAlone() throws {
        try withDrive { (_, path) throws in
            let before = status(path)
            #expect(try DriveFile.replace(path, with: Self.old) == false)
            let after = status(path)
            #expect(after.st_ino == before.st_ino)
            #expect(after.st_mtim.tv_nsec == before.st_mtim.tv_nsec && after.st_mtim.tv_sec == before.st_mtim.tv_sec)
            // Whoever removes what nobody needs sees that somebody has wanted it.
            #expect(
                (after.st_ctim.tv_sec, after.st_ctim.tv_nsec) >= (before.st_ctim.tv_sec, before.st_ctim.tv_nsec)
            )
        }
    }

    @Test func theSameDriveIsTakenAwayFromOthers() throws {
        try withDrive { (_, path) throws in
            chmod(path, 0o644)
            let before = status(path).st_ino
            #expect(try DriveFile.replace(path, with: Self.old) == false)
            #expect(status(path).st_mode & 0o7777 == 0o600)
            #expect(status(path).st_ino == before)
        }
    }

    @Test func theUmaskTakesNothingAway() throws {
        try withFolder { (folder) throws in
            let path = folder.appending(path: "vm.iso").path
            try Data().write(to: folder.appending(path: "x"))
            #expect(try DriveFile.replace(path, with: []) == true)
            #expect(status(path).st_size == 0)
            #expect(try DriveFile.replace(path, with: []) == false)
        }
    }

    @Test func relativePathsAreThoseOfTheWorkingFolder() throws {
        let name = "drive-\(UUID()).iso"
        defer { unlink(name) }
        #expect(try DriveFile.replace(name, with: Self.new) == true)
        #expect(try read(FileManager.default.currentDirectoryPath + "/" + name) == Self.new)
    }

    // MARK: What is refused

    @Test func foldersAreNotReplaced() throws {
        try withFolder { (folder) throws in
            let path = folder.appending(path: "vm.iso").path
            mkdir(path, 0o700)
            #expect(
                complaint(path)
                    == ConfigDriveError(
                        .fileSystem,
                        "'\(path)' is a folder, not a drive; remove it or name another path"
                    )
            )
            #expect(try names(folder) == ["vm.iso"])
        }
    }

    @Test func linksAreNotFollowedAndNotReplaced() throws {
        try withDrive { (folder, path) throws in
            let link = folder.appending(path: "link.iso").path
            symlink(path, link)
            #expect(
                complaint(link)
                    == ConfigDriveError(
                        .fileSystem,
                        "'\(link)' is a symbolic link, not a drive; remove it or name another path"
                    )
            )
            #expect(try read(path) == Self.old)
        }
    }

    @Test func pipesAreNotReplaced() throws {
        try withFolder { (folder) throws in
            let path = folder.appending(path: "pipe").path
            mkfifo(path, 0o600)
            #expect(
                complaint(path)
                    == ConfigDriveError(
                        .fileSystem,
                        "'\(path)' is a device, a pipe or a socket, not a drive; remove it or name another path"
                    )
            )
        }
    }

    @Test func aMissingFolderIsNamed() throws {
        try withFolder { (folder) throws in
            let missing = folder.appending(path: "missing").path
            #expect(
                complaint(missing + "/vm.iso")
                    == ConfigDriveError(
                        .fileSystem,
                        "cannot write '\(DisplayURL.printable(missing + "/vm.iso"))': the folder "
                            + "'\(DisplayURL.printable(missing))': no such file or directory"
                    )
            )
        }
    }

    @Test func aPathWithoutANameIsRefused() {
        #expect(complaint("/tmp/") == ConfigDriveError(.fileSystem, "'/tmp/' does not name a file"))
        let complaint = Drives.complaint { () throws(ConfigDriveError) in try DriveFile.remove("") }
        #expect(complaint == ConfigDriveError(.fileSystem, "'' does not name a file"))
    }

    @Test func aFolderThatTakesNoFilesIsNamed() {
        #expect(
            complaint("/proc/self/vm.iso")
                == ConfigDriveError(.fileSystem, "cannot write '/proc/self/vm.iso': no such file or directory")
        )
    }

    // MARK: Full and failing disks

    /// Fails at one step, and looks at the folder before each.
    private struct FailingFileSystem: DriveFileSystem {
        enum Step: CaseIterable { case firstWrite, secondWrite, fileSync, rename, folderSync }

        final class Steps {
            var done: [Step] = []
        }

        let failing: Step?
        let steps = Steps()
        var look: () -> Void = {}

        private func fails(_ step: Step) -> Bool {
            look()
            steps.done.append(step)
            errno = ENOSPC
            return step == failing
        }

        func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
            if fails(steps.done.isEmpty ? .firstWrite : .secondWrite) { return -1 }
            // Not all at once, as on a disk that is nearly full.
            return Glibc.write(descriptor, bytes.baseAddress, min(bytes.count, 20))
        }

        func sync(_ descriptor: Int32) -> Int32 {
            fails(steps.done.contains(.rename) ? .folderSync : .fileSync) ? -1 : fsync(descriptor)
        }

        func rename(_ folder: Int32, _ old: String, _ new: String) -> Int32 {
            fails(.rename) ? -1 : renameat(folder, old, folder, new)
        }
    }

    @Test(arguments: [
        (FailingFileSystem.Step.firstWrite, "cannot write 'PATH': no space left on device"),
        (.secondWrite, "cannot write 'PATH': no space left on device"),
        (.fileSync, "cannot write 'PATH' to the disk: no space left on device"),
        (.rename, "cannot replace 'PATH': no space left on device"),
    ]) private func aFullDiskLeavesTheOldDrive(step: FailingFileSystem.Step, message: String) throws {
        try withDrive { (folder, path) throws in
            #expect(
                complaint(path, on: FailingFileSystem(failing: step))
                    == ConfigDriveError(.fileSystem, message.replacingOccurrences(of: "PATH", with: path))
            )
            #expect(try read(path) == Self.old)
            #expect(try names(folder) == ["vm.iso"])
        }
    }

    @Test func aFolderThatIsNotSyncedIsToldAbout() throws {
        try withDrive { (folder, path) throws in
            #expect(
                complaint(path, on: FailingFileSystem(failing: .folderSync))
                    == ConfigDriveError(
                        .fileSystem,
                        "cannot write the folder '\(folder.path)' to the disk: no space left on device"
                    )
            )
            #expect(try read(path) == Self.new)
            #expect(try names(folder) == ["vm.iso"])
        }
    }

    /// Whether mounts of our own can be made, which are gone with the thread that made them.
    private static let canMount = (try? Command.run(["unshare", "-m", "true"]).status) == 0

    @Test(.enabled(if: canMount, "a full disk is a mount, which takes the rights of root"))
    func aReallyFullDiskLeavesTheOldDrive() throws {
        try withFolder { folder in
            let path = folder.appending(path: "vm.iso").path
            let seen = try PrivateMount.run(size: "8k", at: folder.path) {
                // Two pages: the old drive takes one, and the new one does not fit into the other.
                try DriveFile.replace(path, with: Self.old)
                let complaint = Drives.complaint { () throws(ConfigDriveError) in
                    try DriveFile.replace(path, with: [UInt8](repeating: 1, count: 8192))
                }
                return (complaint, try read(path), try names(folder))
            }
            #expect(seen.0 == ConfigDriveError(.fileSystem, "cannot write '\(path)': no space left on device"))
            #expect(seen.1 == Self.old)
            #expect(seen.2 == ["vm.iso"])
            // Nobody else has seen that file system.
            #expect(try names(folder) == [])
        }
    }

    // MARK: Processes that end, and others beside

    @Test func atEveryMomentThereIsOneWholeDrive() throws {
        try withDrive { (folder, path) throws in
            var system = FailingFileSystem(failing: nil)
            var seen: [[UInt8]] = []
            system.look = { if let bytes = try? self.read(path) { seen.append(bytes) } }
            #expect(try DriveFile.replace(path, with: Self.new, sync: true, on: system) == true)
            #expect(system.steps.done == [.firstWrite, .secondWrite, .fileSync, .rename, .folderSync])
            #expect(seen == [Self.old, Self.old, Self.old, Self.old, Self.new])
            #expect(try names(folder) == ["vm.iso"])
        }
    }

    @Test func whatAKilledProcessLeftIsRemovedByTheNext() throws {
        try withDrive { (folder, path) throws in
            let stray = folder.appending(path: TemporaryName.make(for: "vm.iso"))
            let other = folder.appending(path: TemporaryName.make(for: "vm.iso2"))
            try Data([1]).write(to: stray)
            try Data([1]).write(to: other)
            #expect(try DriveFile.replace(path, with: Self.old) == false)
            #expect(try names(folder) == [other.lastPathComponent, "vm.iso"].sorted())
            #expect(try DriveFile.sweep(folder.path) == [other.path])
            #expect(try names(folder) == ["vm.iso"])
        }
    }

    @Test func whatALiveProcessWritesIsNotSwept() throws {
        try withDrive { (folder, path) throws in
            var system = FailingFileSystem(failing: nil)
            var swept: [[String]] = []
            var inner: [Bool] = []
            system.look = {
                swept.append((try? DriveFile.sweep(folder.path)) ?? ["failed"])
                if inner.isEmpty { inner.append((try? DriveFile.replace(path, with: [1, 2, 3])) ?? false) }
            }
            #expect(try DriveFile.replace(path, with: Self.new, sync: true, on: system) == true)
            #expect(swept == [[], [], [], [], []])
            #expect(inner == [true])
            #expect(try read(path) == Self.new)
        }
    }

    @Test func filesThatOnlyLookSimilarAreNotSwept() throws {
        try withFolder { (folder) throws in
            let similar = [
                ".vm.iso.hostler", ".vm.iso.0123.hostler", "vm.iso.0123456789abcdef.hostler",
                ".vm.iso.0123456789ABCDEF.hostler", ".vm.iso.0123456789abcdef.other", ".0123456789abcdef.hostler",
            ]
            for name in similar { try Data().write(to: folder.appending(path: name)) }
            let link = folder.appending(path: TemporaryName.make(for: "link")).path
            symlink("/etc/passwd", link)
            let directory = folder.appending(path: TemporaryName.make(for: "folder")).path
            mkdir(directory, 0o700)
            #expect(try DriveFile.sweep(folder.path) == [])
            #expect(try names(folder).count == similar.count + 2)
        }
    }

    @Test func sweepingWhereNothingIsDoesNothing() throws {
        #expect(try DriveFile.sweep("/nonexistent/folder") == [])
    }

    @Test func buildsAtTheSameTimeAllSucceed() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hostler-test-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "vm.iso").path
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<64 {
                group.addTask {
                    try DriveFile.replace(path, with: [UInt8](repeating: UInt8(number), count: 10_000), sync: false)
                }
            }
            try await group.waitForAll()
        }
        let bytes = try read(path)
        #expect(bytes.count == 10_000 && Set(bytes).count == 1)
        #expect(try names(folder) == ["vm.iso"])
    }

    // MARK: Removing

    @Test func removingTakesTheDriveAndWhatWasLeftForIt() throws {
        try withDrive { (folder, path) throws in
            try Data([1]).write(to: folder.appending(path: TemporaryName.make(for: "vm.iso")))
            try DriveFile.remove(path)
            #expect(try names(folder) == [])
            try DriveFile.remove(path)
            try DriveFile.remove("/nonexistent/folder/vm.iso")
        }
    }

    @Test func foldersAndLinksAreNotRemoved() throws {
        try withDrive { (folder, path) throws in
            let link = folder.appending(path: "link.iso").path
            symlink(path, link)
            let ofLink = Drives.complaint { () throws(ConfigDriveError) in try DriveFile.remove(link) }
            #expect(ofLink?.message == "'\(link)' is a symbolic link, not a drive; remove it or name another path")
            let directory = folder.appending(path: "folder").path
            mkdir(directory, 0o700)
            let ofFolder = Drives.complaint { () throws(ConfigDriveError) in try DriveFile.remove(directory) }
            #expect(ofFolder?.message == "'\(directory)' is a folder, not a drive; remove it or name another path")
            #expect(try names(folder) == ["folder", "link.iso", "vm.iso"])
        }
    }
}
