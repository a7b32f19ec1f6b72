import Foundation
import Glibc
import TestSupport
import Testing

@testable import Provisioning

@Suite struct QEMUImageTests {
    private let qemu = QEMUImage()

    private func complaint(_ body: () throws -> Void) throws -> DownloadError? {
        do { try body() } catch let error as DownloadError { return error }
        return nil
    }

    private func compare(_ folder: ImageFolder, _ one: String, _ two: String) throws {
        try Command.check("qemu-img", "compare", "-q", one, two)
    }

    // MARK: What is refused

    @Test func qemuSeesWhatWeSee() throws {
        try withImages { (folder) throws in
            try folder.run("qemu-img create -q -f qcow2 a 10M; qemu-img create -q -f qcow2 -b a -F qcow2 b; echo x >t")
            let other = try complaint { try qemu.verify(folder.path("a"), format: .qcow2, virtualSize: 1) }
            #expect(other?.code == .badImage)
            let backed = try complaint { try qemu.verify(folder.path("b"), format: .qcow2) }
            #expect(backed?.message.contains("has a backing file") == true, "\(backed?.message ?? "")")
            let text = try complaint { try qemu.verify(folder.path("t"), format: .qcow2) }
            #expect(
                text?.code == .badImage && text?.message.contains("not in qcow2 format") == true,
                "\(text?.message ?? "")"
            )
            #expect(try qemu.verify(folder.path("a"), format: .qcow2) == 10 << 20)
        }
    }

    private static let vmdks = [
        "qemu-img create -q -f vmdk -o subformat=monolithicFlat image 10M",
        "qemu-img create -q -f vmdk -o subformat=twoGbMaxExtentSparse image 10M",
        "qemu-img create -q -f vmdk base 10M; qemu-img create -q -f vmdk -b base -F vmdk image",
        // Without a capacity, QEMU reads the extents from the descriptor inside.
        "qemu-img create -q -f vmdk image 10M; head -c 8 /dev/zero | dd of=image bs=1 seek=12 conv=notrunc status=none",
        "printf KDMV >image",
        "echo nothing >image",
    ]

    @Test(arguments: vmdks) func vmdksOfSeveralFilesAreRefused(script: String) throws {
        try withImages { (folder) throws in
            try folder.run(script)
            let error = try complaint {
                try qemu.convert(folder.path("image"), .vmdk, to: ImageFile(in: folder.pool, id: "t"), .qcow2)
            }
            #expect(error?.code == .badImage)
            #expect(error?.message.contains("the vmdk image") == true)
            #expect(try folder.poolNames == [])
        }
    }

    @Test func programsAreLimited() throws {
        try withImages { (folder) throws in
            func run(_ script: String, _ limits: ChildProgram.Limits) throws -> DownloadError? {
                try Command.makeProgram(folder.path("qemu"), script)
                let program = ChildProgram(arguments: [folder.path("qemu")], limits: limits)
                return try complaint { try program.run() }
            }
            #expect(try run("sleep 600", .init(timeout: 1))?.code == .timeout)
            #expect(try run("while :; do :; done", .init(processorTime: 1))?.message.contains("signal") == true)
            #expect(try run("echo first >&2; echo the last >&2; exit 3", .init())?.message == "qemu fails: the last")
            #expect(try run("exit 3", .init())?.message == "qemu fails: it says nothing")
            #expect(try run("head -c 99999999 /dev/zero | tail >/dev/null", .init(memory: 64 << 20))?.code == .other)
            #expect(try run("head -c 9000 /dev/zero >\(folder.path("f")) || exit 1", .init(fileSize: 4096)) != nil)
            #expect(try run("test -z \"$HOME\" && test \"$LC_ALL\" = C && ! read x", .init()) == nil)
            #expect(try complaint { try ChildProgram(arguments: ["/none"]).run() }?.code == .other)
        }
    }

    @Test func whoDoesNotWantItStopsIt() throws {
        let error = try complaint {
            try ChildProgram(arguments: ["/bin/sleep", "600"]).run(check: { () throws(DownloadError) in
                throw DownloadError(.cancelled, "nobody wants it")
            })
        }
        #expect(error?.code == .cancelled)
    }

    @Test func largeDisksAreRefused() throws {
        try withImages { (folder) throws in
            try folder.run("qemu-img create -q -f vhdx image 10M")
            let error = try complaint {
                let file = try ImageFile(in: folder.pool, id: "t")
                try qemu.convert(folder.path("image"), .vhdx, to: file, .qcow2, limit: 5 << 20)
            }
            #expect(error?.code == .tooLarge)
        }
    }

    // MARK: What is made

    @Test(arguments: ["vmdk", "vhdx", "vdi", "vpc", "qcow2", "vmdk -o subformat=streamOptimized"])
    func otherFormatsAreConverted(format: String) throws {
        try withImages { (folder) throws in
            try folder.write(ImageSamples.image, "raw")
            try folder.run("truncate -s 8M raw; qemu-img convert -f raw -O \(format) raw image")
            let name = try ImageFormat(named: String(format.prefix { $0 != " " }))
            let file = try ImageFile(in: folder.pool, id: "t")
            let progress = DownloadProgress()
            try qemu.convert(folder.path("image"), name, to: file, .qcow2, progress: progress)
            #expect(progress.snapshot.phase == .converting && progress.snapshot.expanded >= 8 << 20)
            let path = try file.publish(as: "image.qcow2")
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o600)
            #expect(try QCOW2Header(path).virtualSize >= 8 << 20)
            try compare(folder, folder.path("raw"), path)
            #expect(try folder.poolNames == ["image.qcow2"])
        }
    }

    @Test func overlaysHaveWhatTheirTemplateHas() throws {
        try withImages { (folder) throws in
            try folder.write(ImageSamples.image, "raw")
            try folder.run("truncate -s 8M raw; qemu-img convert -f raw -O qcow2 raw './a,b:c'")
            for (name, format, size) in [("raw", ImageFormat.raw, nil), ("a,b:c", .qcow2, Int64(16 << 20))] {
                let file = try ImageFile(in: folder.pool, id: "t")
                try qemu.create(overlay: file, backing: folder.path(name), format: format, virtualSize: size)
                let info = try qemu.info(file.path, format: .qcow2)
                #expect(info.virtualSize == size ?? 8 << 20)
                #expect(info.backingFilename == folder.path(name))
                try compare(folder, folder.path("raw"), file.path)
            }
            let error = try complaint {
                let file = try ImageFile(in: folder.pool, id: "t")
                try qemu.create(overlay: file, backing: folder.path("raw"), format: .raw, virtualSize: 512)
            }
            #expect(error?.code == .badInput)
            #expect(try folder.poolNames == [])
        }
    }

    @Test func copiesAreWhole() throws {
        try withImages { (folder) throws in
            try folder.write(ImageSamples.image, "raw")
            try folder.run(
                "truncate -s 80M raw; printf end >>raw; truncate -s 90M raw; qemu-img convert -O qcow2 raw q"
            )
            for (name, format, target) in [("raw", ImageFormat.raw, ImageFormat.raw), ("q", .qcow2, .qcow2)] {
                let file = try ImageFile(in: folder.pool, id: "t")
                try qemu.copy(folder.path(name), format, to: file, target)
                #expect(try Data(contentsOf: URL(filePath: file.path)) == Data(try folder.read(name)))
                var status = stat()
                #expect(stat(file.path, &status) == 0 && status.st_blocks * 512 < 20 << 20)
            }
            let file = try ImageFile(in: folder.pool, id: "t")
            try qemu.copy(folder.path("q"), .qcow2, to: file, .raw)
            try compare(folder, folder.path("raw"), file.path)
        }
    }
}
