import Foundation
import Glibc
import TestSupport
import Testing

@testable import Provisioning

@Suite struct ImageDecoderTests {
    private func pack(_ folder: ImageFolder, _ script: String, _ image: [UInt8] = ImageSamples.image) throws {
        try folder.write(image, "image.raw")
        try folder.run(script)
    }

    // MARK: What is refused

    @Test(arguments: ImageSamples.packings.map(\.script))
    func whatIsCutOffIsRefused(script: String) throws {
        try withImages { (folder) throws in
            try pack(folder, script)
            let packed = try folder.read("packed")
            for sixteenth in 1..<16 {
                let source = BytesSource(Array(packed.prefix(packed.count * sixteenth / 16)))
                let error = try folder.complaint(source)
                // Behind the content, tar has padding that nobody reads, and streams may end between two members.
                if error == nil {
                    let (_, bytes) = try folder.decode(source)
                    #expect(bytes == ImageSamples.image, "\(script) at \(sixteenth)/16")
                } else {
                    #expect(error?.code == .badArchive, "\(script) at \(sixteenth)/16: \(error?.message ?? "")")
                }
            }
        }
    }

    @Test(arguments: ImageSamples.packings.filter { $0.compressions != [.tar] }.map(\.script))
    func whatIsDamagedIsNeverTaken(script: String) throws {
        try withImages { (folder) throws in
            try pack(folder, script)
            let packed = try folder.read("packed")
            var refused = 0
            for step in 0..<24 {
                var damaged = packed
                damaged[(packed.count - 1) * step / 23] ^= 0x10
                do {
                    let (_, bytes) = try folder.decode(BytesSource(damaged))
                    // A bit of a header that says nothing about the content, such as a time.
                    let isTakenAsItIs = bytes == damaged && step == 0
                    #expect(bytes == ImageSamples.image || isTakenAsItIs, "\(script) at \(step)/23")
                } catch { refused += 1 }
            }
            #expect(refused > 12)
            #expect(try folder.poolNames == [])
        }
    }

    @Test func theTrailerOfGzipIsChecked() throws {
        try withImages { (folder) throws in
            try pack(folder, "gzip -c image.raw >packed")
            for distance in 1...8 {
                var bytes = try folder.read("packed")
                bytes[bytes.count - distance] ^= 1
                let error = try folder.complaint(BytesSource(bytes))
                #expect(error?.code == .badArchive)
                #expect(error?.message.contains("check") == true, "\(error?.message ?? "")")
            }
        }
    }

    @Test(arguments: ["gzip", "bzip2", "xz", "zstd -q"])
    func bytesBehindTheEndAreRefused(program: String) throws {
        try withImages { (folder) throws in
            try pack(folder, "(\(program) -c image.raw; echo garbage) >packed")
            #expect(try folder.complaint("packed")?.code == .badArchive)
        }
    }

    private static let bombs = [
        "head -c 64M /dev/zero | gzip -1 >z; for i in {1..160}; do cat z; done >packed",
        "head -c 64M /dev/zero | bzip2 -1 >z; for i in {1..160}; do cat z; done >packed",
        "head -c 64M /dev/zero | xz -0 >z; for i in {1..160}; do cat z; done >packed",
        "head -c 64M /dev/zero | zstd -q >z; for i in {1..160}; do cat z; done >packed",
        "truncate -s 10G z; tar -Scf packed z",
        "set +o pipefail; truncate -s 10G z; tar -cf - z | head -c 512 | gzip >packed; head -c 64M /dev/zero | gzip -1 >y; "
            + "for i in {1..160}; do cat y; done >>packed",
        "head -c 1G /dev/zero | zip -q -1 - - | cat >packed",
        "truncate -s 1G z; zip -q -1 z.zip z; mv z.zip packed",
        "head -c 64M /dev/zero | gzip -1 >z; for i in {1..160}; do cat z; done | gzip -1 >packed",
    ]

    @Test(arguments: bombs) func bombsEndEarly(script: String) throws {
        try withImages { (folder) throws in
            try folder.run(script)
            let error = try folder.complaint("packed", limit: 64 << 20)
            #expect(error?.code == .tooLarge)
            #expect(error?.message.contains("67108864") == true && error?.message.contains("maximum_size") == true)
        }
    }

    private static let wrong: [(script: String, sentence: String)] = [
        ("touch a; cp a packed", "the image is empty"),
        ("touch a; gzip -c a >packed", "the image is empty"),
        ("touch a; xz -c a >packed", "the image is empty"),
        ("touch a; bzip2 -c a >packed", "the image is empty"),
        ("touch a; zstd -q -c a >packed", "the image is empty"),
        ("touch a; tar -cf packed a", "the image is empty"),
        ("touch a; zip -q p.zip a; mv p.zip packed", "the image is empty"),
        ("mkdir d; tar -cf packed d", "the tar file has no image in it"),
        ("mkdir d; echo x >d/x.txt; tar -czf packed d", "the tar file has no image in it"),
        (
            "for i in 1 2 3 4 5 6 7; do echo $i >f$i; done; tar -cf packed f?",
            "several files in it: 'f1', 'f2', 'f3', 'f4', 'f5' and more;"
        ),
        ("echo 1 >a; echo 2 >b; zip -q p.zip a b; mv p.zip packed", "the zip file has several files in it: 'a', 'b';"),
        ("ln -s /etc/passwd l; tar -cf packed l", "'l' in the tar file is a symbolic link"),
        ("echo 1 >a; ln -s /etc/passwd l; tar -cf packed a l", "'l' in the tar file is a symbolic link"),
        ("echo 1 >a; ln a b; tar -cf packed a b", "'b' in the tar file is a hard link"),
        ("mkfifo p; tar -cf packed p", "'p' in the tar file is a device, a pipe or a socket"),
        ("ln -s /etc/passwd l; zip -qy p.zip l; mv p.zip packed", "'l' in the zip file is a symbolic link"),
        ("echo 1 >a; zip -q -P secret p.zip a; mv p.zip packed", "'a' in the zip file is encrypted"),
        ("echo 1 >a; gzip -c a | gzip | gzip >packed", "packed too often (gzip, in it gzip, in it gzip)"),
        ("echo 1 >a; tar -cf b a; tar -cf packed b", "packed too often (tar, in it tar)"),
        ("echo 1 >a; tar -cf b a; zip -q p.zip b; mv p.zip packed", "packed too often (zip, in it tar)"),
        (#"printf '7z\xbc\xaf\x27\x1c\x00\x04' >packed"#, "packed with 7-Zip, which is not read"),
        ("echo 1 | xz --format=lzma >packed", "packed with LZMA, which is not read"),
        (#"printf '\x1f\x8b' >packed"#, "cut off"),
        (#"printf '\x28\xb5\x2f\xfd' >packed"#, "the zstd file is damaged or cut off"),
    ]

    @Test(arguments: wrong) func wrongArchivesAreRefused(script: String, sentence: String) throws {
        try withImages { (folder) throws in
            try folder.run(script)
            let error = try folder.complaint("packed")
            #expect(error?.message.contains(sentence) == true, "\(error?.message ?? "it was taken")")
            #expect(error.map { [.badArchive, .badImage].contains($0.code) } == true)
        }
    }

    @Test func namesAreNoPaths() throws {
        try withImages { (folder) throws in
            try folder.write(Array("evil".utf8), "evil")
            try folder.run("tar -P --transform 's|evil|../../../evil-\(getpid())|' -cf packed evil")
            let (image, bytes) = try folder.decode(BytesSource(try folder.read("packed")))
            #expect(image.name == "../../../evil-\(getpid())")
            #expect(bytes == Array("evil".utf8))
            #expect(try folder.poolNames == [])
        }
    }

    @Test func whatStopsTheSourceStopsAll() throws {
        try withImages { (folder) throws in
            try pack(folder, "tar -cJf packed image.raw; zip -q z.zip image.raw; gzip image.raw")
            for name in ["packed", "z.zip", "image.raw.gz"] {
                let error = try folder.complaint(BytesSource(try folder.read(name), part: 1000, failsAt: 100_000))
                #expect(error == DownloadError(.cancelled, "nobody wants it"))
            }
        }
    }

    @Test func whatWasSaidIsHeldToIt() throws {
        try withImages { (folder) throws in
            try pack(folder, "gzip -c image.raw >packed")
            let source = BytesSource(try folder.read("packed"))
            func decode(_ compression: Compression) throws -> DecodedImage {
                let writer = try ImageWriter(try ImageFile(in: folder.pool, id: "t"))
                let progress = DownloadProgress()
                return try ImageDecoder.decode(
                    source,
                    compression: compression,
                    into: writer,
                    progress: progress,
                    limit: 1 << 30
                )
            }
            #expect(throws: DownloadError.self) { try decode(.xz) }
            #expect(try decode(.gzip).size == Int64(ImageSamples.image.count))
            #expect(try decode(.none).size == source.size)
            #expect(try folder.poolNames == [])
        }
    }

    // MARK: What is taken

    @Test(arguments: ImageSamples.packings) func packedImagesAreUnpacked(
        script: String,
        compressions: [Compression]
    ) throws {
        try withImages { (folder) throws in
            try pack(folder, script)
            let packed = try folder.read("packed")
            for part in [Int.max, 4099, 7] {
                let (image, bytes) = try folder.decode(BytesSource(packed, part: part))
                #expect(bytes == ImageSamples.image)
                #expect(image.compressions == compressions)
                #expect(image.size == Int64(bytes.count))
                let sum = try Command.check("sha256sum", folder.path("image.raw")).prefix(64)
                #expect(image.digests == [Checksum(algorithm: .sha256, hex: String(sum))])
                #expect(try folder.poolNames == [])
            }
        }
    }

    @Test func plainImagesAreTakenAsTheyAre() throws {
        try withImages { (folder) throws in
            let tight = Int64(ImageSamples.image.count - 1)
            #expect(try folder.complaint(BytesSource(ImageSamples.image), limit: tight)?.code == .tooLarge)
            let writer = try ImageWriter(try ImageFile(in: folder.pool, id: "t"))
            let progress = DownloadProgress()
            let source = BytesSource(ImageSamples.image)
            let image = try ImageDecoder.decode(source, into: writer, progress: progress, limit: 1_280_002)
            #expect(image.compressions == [] && image.name == nil)
            #expect(progress.snapshot.expanded == image.size)
            #expect(try Array(Data(contentsOf: URL(filePath: writer.file.path))) == ImageSamples.image)
        }
    }

    @Test func zerosBecomeHoles() throws {
        try withImages { (folder) throws in
            try folder.run("(echo begin; head -c 100M /dev/zero; echo end; head -c 10M /dev/zero) | gzip >packed")
            let writer = try ImageWriter(try ImageFile(in: folder.pool, id: "t"))
            let source = BytesSource(try folder.read("packed"))
            let image = try ImageDecoder.decode(source, into: writer, progress: DownloadProgress(), limit: 1 << 30)
            var status = stat()
            #expect(stat(writer.file.path, &status) == 0)
            #expect(status.st_size == image.size && image.size == (110 << 20) + 10)
            #expect(status.st_blocks * 512 < 1 << 20)
        }
    }
}
