import Foundation
import TestSupport
import Testing

@testable import Provisioning

@Suite struct QCOW2HeaderTests {
    private func made(_ script: String) throws -> [UInt8] {
        try withImages { (folder) throws in
            try folder.run(script)
            return try folder.read("image")
        }
    }

    private func complaint(_ bytes: [UInt8], limit: Int64 = .max) -> DownloadError? {
        do throws(DownloadError) {
            _ = try QCOW2Header(Array(bytes.prefix(2 << 20)), fileSize: Int64(bytes.count), limit: limit)
        } catch { return error }
        return nil
    }

    private func number(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - $0))) }
    }

    private static let refused: [(script: String, sentence: String)] = [
        ("qemu-img create -q -f raw base 1M; qemu-img create -q -f qcow2 -b base -F raw image", "has a backing file"),
        (
            "qemu-img create -q -f qcow2 -u -b json:{} -F raw image 1M || qemu-img create -q -f qcow2 -u -b /x -F raw image 1M",
            "has a backing file"
        ),
        ("qemu-img create -q -f qcow2 -o data_file=d image 1M", "keeps its data in another file"),
        ("qemu-img create -q -f qcow2 -o data_file=d,data_file_raw=on image 1M", "keeps its data in another file"),
    ]

    @Test(arguments: refused) func otherFilesAreRefused(script: String, sentence: String) throws {
        #expect(complaint(try made(script))?.message.contains(sentence) == true)
    }

    /// Where in a header what is put, and what is then said of it.
    private static let hostile: [(offset: Int, value: UInt64, count: Int, sentence: String)] = [
        (0, 0, 4, "no header"),
        (4, 1, 4, "its version is 1"), (4, 4, 4, "its version is 4"),
        (8, 1, 8, "has a backing file"), (8, .max, 8, "has a backing file"),
        (20, 8, 4, "2^8 bytes"), (20, 22, 4, "2^22 bytes"), (20, 0xFFFF_FFFF, 4, "2^4294967295 bytes"),
        (24, .max, 8, "its virtual size"), (24, 1 << 62, 8, "its L1 table has"), (24, 1 << 40, 8, "its L1 table has"),
        (32, 3, 4, "its encryption method"), (32, 2, 4, "no LUKS header"),
        (36, 0, 4, "its L1 table has 0 entries"), (36, 0xFFFF_FFFF, 4, "its L1 table has 34359738360 bytes"),
        (40, 0, 8, "L1 table begins"), (40, 1, 8, "L1 table begins"), (40, 1 << 62, 8, "beyond the end"),
        (48, 0, 8, "refcount table begins"), (48, 1 << 63, 8, "beyond the end"),
        (56, 0, 4, "0 clusters"), (56, 0xFFFF_FFFF, 4, "4294967295 clusters"),
        (60, 0xFFFF_FFFF, 4, "snapshots"), (60, 1, 4, "snapshots begins"),
        (72, 1, 8, "(dirty)"), (72, 2, 8, "marked as corrupt"), (72, 4, 8, "in another file"),
        (72, 8, 8, "compression type"), (72, 1 << 5, 8, "bit 5"), (72, 1 << 63 | 1 << 40, 8, "bit 40, 63"),
        (96, 7, 4, "refcounts"), (100, 103, 4, "a length of 103"), (100, 0, 4, "a length of 0"),
        (100, 0xFFFF_FFF8, 4, "a length of"), (104, 1, 1, "compression type"),
        (112, 0x4441_5441, 4, "in another file"), (116, 0xFFFF_FFFF, 4, "the extension"),
    ]

    @Test(arguments: hostile) func hostileNumbersAreRefused(
        offset: Int,
        value: UInt64,
        count: Int,
        sentence: String
    ) throws {
        var bytes = try made("qemu-img create -q -f qcow2 image 10M")
        #expect(complaint(bytes) == nil)
        bytes.replaceSubrange(offset..<(offset + count), with: number(value, count))
        let error = complaint(bytes)
        #expect(error?.message.contains(sentence) == true, "\(error?.message ?? "it was taken")")
    }

    @Test func noHeaderCrashes() throws {
        let scripts = [
            "qemu-img create -q -f qcow2 image 10M", "qemu-img create -q -f qcow2 -o compat=0.10 image 10M",
            "qemu-img create -q -f qcow2 -o extended_l2=on,cluster_size=64k image 10M",
        ]
        var random = SystemRandomNumberGenerator()
        var refused = 0
        for script in scripts {
            let whole = try made(script)
            let head = Array(whole.prefix(1024))
            for _ in 0..<4000 {
                var bytes = head
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    let index = Int.random(in: 0..<160, using: &random)
                    bytes[index] =
                        Bool.random(using: &random) ? .random(in: 0...255, using: &random) : [0, 0xFF, 0x80][index % 3]
                }
                if Bool.random(using: &random) { bytes = Array(bytes.prefix(.random(in: 0...300, using: &random))) }
                do throws(DownloadError) {
                    let header = try QCOW2Header(bytes, fileSize: .random(in: 0...Int64(whole.count)))
                    #expect(header.virtualSize >= 0)
                } catch { refused += 1 }
            }
        }
        #expect(refused > 4000)
    }

    @Test func cutOffHeadersAreRefused() throws {
        let bytes = try made("qemu-img create -q -f qcow2 image 10M")
        for count in 0..<112 { #expect(complaint(Array(bytes.prefix(count))) != nil) }
        #expect(complaint(bytes, limit: 10 << 20) == nil)
        #expect(complaint(bytes, limit: (10 << 20) - 1)?.code == .tooLarge)
    }

    @Test func realImagesAreTaken() throws {
        func header(_ options: String, _ size: String = "10M") throws -> QCOW2Header {
            try withImages { (folder) throws in
                // On a busy machine, QEMU cannot always measure how fast it hashes passwords.
                let create = "qemu-img create -q -f qcow2 \(options) image \(size)"
                try folder.run("for i in {1..50}; do \(create) && exit; sleep 0.1; done; exit 1")
                let header = try QCOW2Header(folder.path("image"))
                try QEMUImage().verify(folder.path("image"), format: .qcow2, virtualSize: header.virtualSize)
                return header
            }
        }
        let plain = try header("")
        #expect(plain.version == 3 && plain.virtualSize == 10 << 20 && plain.clusterSize == 65536 && !plain.isEncrypted)
        #expect(try header("-o compat=0.10").version == 2)
        #expect(try header("-o compression_type=zstd").usesZstd)
        #expect(try header("-o extended_l2=on,cluster_size=16k").hasExtendedL2)
        for size in ["512", "4k", "2M"] { #expect(try header("-o cluster_size=\(size)").virtualSize == 10 << 20) }
        #expect(try header("-o refcount_bits=1").virtualSize == 10 << 20)
        #expect(try header("-o lazy_refcounts=on", "1T").virtualSize == 1 << 40)
        #expect(try header("", "0").virtualSize == 0)
        let luks = "--object secret,id=s,data=x -o encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10"
        #expect(try header(luks).encryption == .luks)
    }

    @Test func snapshotsAreCounted() throws {
        try withImages { (folder) throws in
            try folder.run(
                "qemu-img create -q -f qcow2 image 10M; qemu-img snapshot -c a image; qemu-img snapshot -c b image"
            )
            #expect(try QCOW2Header(folder.path("image")).snapshots == 2)
        }
    }
}
