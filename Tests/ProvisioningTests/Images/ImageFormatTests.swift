import Foundation
import TestSupport
import Testing

@testable import Provisioning

@Suite struct ImageFormatTests {
    private func complaint(_ bytes: [UInt8], _ declared: ImageFormat? = nil) throws -> DownloadError? {
        try withImages { (folder) throws in
            try folder.write(bytes, "image")
            do { _ = try ImageFormat.detect(folder.path("image"), declared: declared) } catch let error as DownloadError
            {
                return error
            }
            return nil
        }
    }

    private static let documents = [
        "<!DOCTYPE html><html>", "\n\n  <html lang=\"en\">", "\u{FEFF}<?xml version=\"1.0\"?><Error>", "<Error><Code>",
        "<HEAD><title>404</title>",
    ]

    @Test(arguments: documents) func documentsAreRefusedWhateverWasDeclared(text: String) throws {
        for declared in [nil, ImageFormat.raw, .iso, .qcow2] {
            let error = try complaint(Array(text.utf8), declared)
            #expect(error?.code == .badImage)
            #expect(error?.message.contains("a web page or XML document") == true, "\(error?.message ?? "")")
        }
    }

    @Test func textAndProgramsAreRefused() throws {
        let text = try complaint(Array("404 page not found\n".utf8))
        #expect(text?.message.contains("is text, not an image: it begins with '404 page not found?'") == true)
        let program = try complaint([0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0, 0, 0])
        #expect(
            program?.message.contains("begins with an ELF program; check the URL, or ask for it with the format raw")
                == true
        )
        let noise = try complaint(Array(ImageSamples.image.prefix(100_000)))
        #expect(noise?.message.contains("begins with the bytes") == true)
        #expect(try complaint([])?.message.contains("the image is empty") == true)
        #expect(try complaint([0])?.code == .badImage)
    }

    @Test func foldersAndDevicesAreNoImages() throws {
        #expect(throws: DownloadError.self) { try ImageFormat.detect("/tmp") }
        #expect(throws: DownloadError.self) { try ImageFormat.detect("/dev/zero") }
        #expect(throws: DownloadError.self) { try ImageFormat.detect("/nowhere/at/all") }
    }

    private static let made: [(script: String, format: ImageFormat)] = [
        ("qemu-img create -q -f qcow2 image 10M", .qcow2),
        ("qemu-img create -q -f vmdk image 10M", .vmdk),
        ("qemu-img create -q -f vmdk -o subformat=streamOptimized image 10M", .vmdk),
        ("qemu-img create -q -f vmdk -o subformat=monolithicFlat image 10M", .vmdk),
        ("qemu-img create -q -f vhdx image 10M", .vhdx),
        ("qemu-img create -q -f vpc image 10M", .vpc),
        ("qemu-img create -q -f vpc -o subformat=fixed image 10M", .vpc),
        ("qemu-img create -q -f vdi image 10M", .vdi),
        ("mkdir d; echo x >d/x; genisoimage -quiet -o image d", .iso),
        ("truncate -s 1M image; printf 'label: gpt\n' | sfdisk -q image", .raw),
        ("truncate -s 1M image; printf 'label: dos\n' | sfdisk -q image", .raw),
        ("truncate -s 4M image; mkfs.ext4 -q image", .raw),
        ("truncate -s 4M image; mkswap -q image", .raw),
    ]

    @Test(arguments: made) func imagesAreToldByTheirContent(script: String, format: ImageFormat) throws {
        try withImages { (folder) throws in
            try folder.run("PATH=$PATH:/usr/sbin:/sbin; " + script)
            let path = folder.path("image")
            #expect(try ImageFormat.detect(path) == format)
            #expect(try ImageFormat.detect(path, declared: format) == format)
            for other in ImageFormat.all where other != format && !(other == .raw && format == .iso) {
                #expect(throws: DownloadError.self) { try ImageFormat.detect(path, declared: other) }
            }
        }
    }

    @Test func aHybridISOIsAnISO() throws {
        var bytes = [UInt8](repeating: 0, count: 40_000)
        bytes.replaceSubrange(510..<512, with: [0x55, 0xAA])
        try withImages { (folder) throws in
            try folder.write(bytes, "image")
            #expect(try ImageFormat.detect(folder.path("image")) == .raw)
            bytes.replaceSubrange(32769..<32774, with: "CD001".utf8)
            try folder.write(bytes, "image")
            #expect(try ImageFormat.detect(folder.path("image")) == .iso)
            #expect(try ImageFormat.detect(folder.path("image"), declared: .raw) == .raw)
            bytes.replaceSubrange(32769..<32774, with: "BEA01".utf8)
            try folder.write(bytes, "image")
            #expect(try ImageFormat.detect(folder.path("image")) == .iso)
        }
    }

    @Test func aRawDiskWithoutMarksHasToBeDeclared() throws {
        #expect(try complaint([UInt8](repeating: 0, count: 4096))?.code == .badImage)
        #expect(try complaint([UInt8](repeating: 0, count: 4096), .raw) == nil)
    }

    @Test func namesAreKnown() throws {
        #expect(try ImageFormat(named: "QCOW2") == .qcow2)
        #expect(try ImageFormat(named: "vhd") == .vpc)
        #expect(ImageFormat.iso.driver == "raw")
        #expect(throws: DownloadError.self) { try ImageFormat(named: "ova") }
    }
}
