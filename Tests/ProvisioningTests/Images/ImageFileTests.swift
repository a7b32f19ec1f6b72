import Foundation
import Glibc
import TestSupport
import Testing

@testable import Provisioning

/// Fails one kind of call, with one error, once so much was written.
private struct FailingFileSystem: ImageFileSystem {
    enum Call { case write, resize, sync, rename, space }

    let call: Call
    let number: Int32
    var after: Int64 = 0
    private let kernel = KernelImageFileSystem()

    init(_ call: Call, _ number: Int32 = ENOSPC, after: Int64 = 0) {
        self.call = call
        self.number = number
        self.after = after
    }

    private func failed() -> Int32 {
        errno = number
        return -1
    }

    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64) -> Int {
        call == .write && offset >= after ? Int(failed()) : kernel.write(descriptor, bytes, at: offset)
    }

    func resize(_ descriptor: Int32, to size: Int64) -> Int32 {
        call == .resize ? failed() : kernel.resize(descriptor, to: size)
    }

    func sync(_ descriptor: Int32) -> Int32 { call == .sync ? failed() : kernel.sync(descriptor) }

    func rename(_ folder: Int32, _ old: String, _ new: String, replacing: Bool) -> Int32 {
        call == .rename ? failed() : kernel.rename(folder, old, new, replacing: replacing)
    }

    func space(_ descriptor: Int32) -> Int64? { call == .space ? 1000 : kernel.space(descriptor) }
}

@Suite struct ImageFileTests {
    private func code(_ body: () throws -> Void) throws -> DownloadError.Code? {
        do { try body() } catch let error as DownloadError { return error.code }
        return nil
    }

    @Test(arguments: [
        FailingFileSystem(.write), FailingFileSystem(.write, after: 200_000), FailingFileSystem(.write, EDQUOT),
        FailingFileSystem(.resize), FailingFileSystem(.sync), FailingFileSystem(.space),
    ]) private func aFullDiskIsSaid(system: FailingFileSystem) throws {
        try withImages { (folder) throws in
            let error = try folder.complaint(BytesSource(ImageSamples.image), on: system)
            #expect(error?.code == .noSpace)
            #expect(error?.message.contains("bytes are free there") == true, "\(error?.message ?? "")")
            #expect(error?.message.contains(folder.pool) == true)
        }
    }

    @Test func aFailingDiskIsSaid() throws {
        try withImages { (folder) throws in
            for call in [FailingFileSystem.Call.write, .resize, .sync] {
                let error = try folder.complaint(BytesSource(ImageSamples.image), on: FailingFileSystem(call, EIO))
                #expect(error?.code == .fileSystem)
            }
        }
    }

    private static let canMount = (try? Command.run(["unshare", "-m", "true"]).status) == 0

    @Test(.enabled(if: canMount, "a full disk is a mount, which takes the rights of root"))
    func aSmallFileSystemIsFull() throws {
        try withImages { (folder) throws in
            let packed = Array(repeatElement(ImageSamples.image, count: 12).joined())
            try folder.write(packed, "image.raw")
            try folder.run("gzip -k image.raw; tar -cJf image.tar.xz image.raw")
            let paths = try ["image.raw", "image.raw.gz", "image.tar.xz"].map { try folder.read($0) }
            let pool = folder.pool
            let codes = try PrivateMount.run(size: "4m", at: pool) {
                try paths.map { bytes in
                    let writer = try ImageWriter(try ImageFile(in: pool, id: "t"))
                    let source = BytesSource(bytes)
                    do {
                        _ = try ImageDecoder.decode(source, into: writer, progress: DownloadProgress(), limit: 1 << 30)
                        return "\(writer.position)"
                    } catch { return "\((error as? DownloadError)?.code.rawValue ?? "")" }
                } + FileManager.default.contentsOfDirectory(atPath: pool)
            }
            #expect(codes == ["no-space", "no-space", "no-space"])
        }
    }

    @Test func unfinishedImagesAreForTheirOwnerAlone() throws {
        try withImages { (folder) throws in
            let name = try {
                let file = try ImageFile(in: folder.pool, id: "a-1_B")
                let name = try #require(folder.poolNames.first)
                #expect(file.path == folder.pool + "/" + name)
                return name
            }()
            #expect(name.wholeMatch(of: /\.hostler-a-1_B\.[0-9a-f]{16}\.image/) != nil)
            #expect(try folder.poolNames == [])
            for id in ["", "a/b", "..", "a b", "ä", String(repeating: "a", count: 65)] {
                #expect(try code { _ = try ImageFile(in: folder.pool, id: id) } == .badInput)
            }
            #expect(try code { _ = try ImageFile(in: folder.pool + "/none", id: "a") } == .fileSystem)
        }
    }

    @Test func publishedImagesDisplaceNobody() throws {
        try withImages { (folder) throws in
            func published(_ text: String, _ name: String, replacing: Bool = false) throws {
                let writer = try ImageWriter(try ImageFile(in: folder.pool, id: "a"))
                try Array(text.utf8).withUnsafeBytes { try writer.write($0) }
                _ = try writer.finish()
                #expect(try writer.file.publish(as: name, replacing: replacing) == folder.pool + "/" + name)
            }
            try published("one", "vm.qcow2")
            #expect(try code { try published("two", "vm.qcow2") } == .fileSystem)
            #expect(try folder.read("pool/vm.qcow2") == Array("one".utf8))
            try published("two", "vm.qcow2", replacing: true)
            #expect(try folder.read("pool/vm.qcow2") == Array("two".utf8))
            for name in ["", ".x", "a/b", "..", "a\0b", String(repeating: "a", count: 256)] {
                #expect(try code { try published("three", name) } == .badInput)
            }
            #expect(try folder.poolNames == ["vm.qcow2"])
            var status = stat()
            #expect(stat(folder.pool + "/vm.qcow2", &status) == 0 && status.st_mode & 0o7777 == 0o600)
        }
    }

    @Test func anImageThatCannotBePublishedIsGone() throws {
        try withImages { (folder) throws in
            for system in [FailingFileSystem(.rename, EIO), FailingFileSystem(.sync, EIO)] {
                #expect(
                    try code { try ImageFile(in: folder.pool, id: "a", on: system).publish(as: "vm") } == .fileSystem
                )
                #expect(try folder.poolNames == [])
            }
        }
    }

    @Test func sweepingTakesTheAbandonedAlone() throws {
        try withImages { (folder) throws in
            let number = "0123456789abcdef"
            let foreign = [
                "vm.qcow2", ".hostler-a.\(number).imag", ".hostler-.\(number).image", ".hostler-a.0123.image",
                ".hostler-a.0123456789ABCDEF.image", "hostler-a.\(number).image", ".hostler-a b.\(number).image",
            ]
            for name in foreign + [".hostler-a.\(number).image"] { try folder.write([1], "pool/" + name) }
            try folder.run("ln -s vm.qcow2 pool/.hostler-l.\(number).image; mkdir pool/.hostler-d.\(number).image")
            let live = try ImageFile(in: folder.pool, id: "live")
            #expect(try ImageFile.sweep(folder.pool) == [folder.pool + "/.hostler-a.\(number).image"])
            #expect(try ImageFile.sweep(folder.pool) == [])
            #expect(try folder.poolNames.count == foreign.count + 3)
            #expect(FileManager.default.fileExists(atPath: live.path))
            #expect(try ImageFile.sweep(folder.path("none")) == [])
        }
    }
}
