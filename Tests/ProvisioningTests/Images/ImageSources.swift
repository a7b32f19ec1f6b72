import Foundation
import TestSupport
import Testing

@testable import Provisioning

/// Bytes that are there already, given in parts as small as wanted.
final class BytesSource: PullSource {
    private let bytes: [UInt8]
    private let part: Int
    private let failsAt: Int?
    var size: Int64? { Int64(bytes.count) }

    init(_ bytes: [UInt8], part: Int = .max, failsAt: Int? = nil) {
        self.bytes = bytes
        self.part = part
        self.failsAt = failsAt
    }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(DownloadError) -> Int {
        if let failsAt, Int(offset) >= failsAt { throw DownloadError(.cancelled, "nobody wants it") }
        let rest = bytes[min(Int(offset), bytes.count)...].prefix(min(part, buffer.count))
        buffer.copyBytes(from: rest)
        return rest.count
    }
}

/// A folder to write into, and what is in it afterwards.
struct ImageFolder {
    let url: URL
    var pool: String { url.appending(path: "pool").path }

    init(_ url: URL) throws {
        self.url = url
        try FileManager.default.createDirectory(at: url.appending(path: "pool"), withIntermediateDirectories: false)
    }

    func path(_ name: String) -> String { url.appending(path: name).path }

    func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: url.appending(path: name))) }

    func write(_ bytes: [UInt8], _ name: String) throws { try Data(bytes).write(to: url.appending(path: name)) }

    var poolNames: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: pool).sorted() } }

    /// Runs a script of the shell in the folder.
    func run(_ script: String) throws {
        try Command.check("bash", "-c", "set -euo pipefail; cd \"$1\"; \(script)", "bash", url.path)
    }

    func decode(
        _ source: BytesSource,
        limit: Int64 = 1 << 30,
        on system: any ImageFileSystem = KernelImageFileSystem()
    ) throws -> (DecodedImage, [UInt8]) {
        let writer = try ImageWriter(try ImageFile(in: pool, id: "t-1", on: system))
        let image = try ImageDecoder.decode(source, into: writer, progress: DownloadProgress(), limit: limit)
        let bytes = Array(try Data(contentsOf: URL(filePath: writer.file.path)))
        return (image, bytes)
    }

    /// Why it cannot be unpacked; and that nothing is left of the attempt.
    func complaint(
        _ source: BytesSource,
        limit: Int64 = 1 << 30,
        on system: any ImageFileSystem = KernelImageFileSystem()
    ) throws -> DownloadError? {
        var complaint: DownloadError?
        do { _ = try decode(source, limit: limit, on: system) } catch let error as DownloadError { complaint = error }
        #expect(try poolNames == [])
        return complaint
    }

    func complaint(_ name: String, limit: Int64 = 1 << 30) throws -> DownloadError? {
        try complaint(BytesSource(try read(name)), limit: limit)
    }
}

func withImages<Result>(_ body: (ImageFolder) throws -> Result) throws -> Result {
    try withFolder { try body(ImageFolder($0)) }
}

enum ImageSamples {
    /// Noise, zeros, text, and zeros at the end; not of whole blocks.
    static let image: [UInt8] = {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        var noise = [UInt8](repeating: 0, count: 300_000)
        for index in noise.indices {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            noise[index] = UInt8(truncatingIfNeeded: state >> 56)
        }
        let zeros = [UInt8](repeating: 0, count: 400_001)
        return noise + zeros + Array(repeatElement("an image of a guest\n", count: 9000).joined().utf8) + zeros
    }()

    /// How to pack `image.raw` as `packed`, and what has to come of it. Only tar has no checksum of its content.
    static let packings: [(script: String, compressions: [Compression])] = [
        ("gzip -c image.raw >packed", [.gzip]),
        (
            "(head -c 500000 image.raw | gzip; tail -c +500001 image.raw | gzip -9; head -c 512 /dev/zero) >packed",
            [.gzip]
        ),
        ("bzip2 -c image.raw >packed", [.bzip2]),
        ("(head -c 500000 image.raw | bzip2; tail -c +500001 image.raw | bzip2) >packed", [.bzip2]),
        ("xz -c image.raw >packed", [.xz]),
        ("(head -c 500000 image.raw | xz; tail -c +500001 image.raw | xz) >packed", [.xz]),
        ("zstd -q --check -c image.raw >packed", [.zstd]),
        ("(head -c 500000 image.raw | zstd -q; tail -c +500001 image.raw | zstd -q) >packed", [.zstd]),
        ("zip -q packed.zip image.raw; mv packed.zip packed", [.zip]),
        ("zip -q -0 packed.zip image.raw; mv packed.zip packed", [.zip]),
        ("zip -q - image.raw | cat >packed", [.zip]),
        ("zip -q -fz - - <image.raw | cat >packed", [.zip]),
        ("tar -cf packed image.raw", [.tar]),
        ("tar --format=ustar -cf packed image.raw", [.tar]),
        ("tar --format=pax -cf packed ./image.raw", [.tar]),
        ("fallocate -d image.raw; tar -Scf packed image.raw", [.tar]),
        ("tar -czf packed image.raw", [.gzip, .tar]),
        ("tar -cjf packed image.raw", [.bzip2, .tar]),
        ("tar -cJf packed image.raw", [.xz, .tar]),
        ("tar --zstd -cf packed image.raw", [.zstd, .tar]),
        ("gzip -c image.raw | xz >packed", [.xz, .gzip]),
        ("xz -k image.raw; tar -cf packed image.raw.xz", [.tar, .xz]),
        ("xz -k image.raw; tar -czf packed image.raw.xz", [.gzip, .tar, .xz]),
        ("gzip -k image.raw; zip -q packed.zip image.raw.gz; mv packed.zip packed", [.zip, .gzip]),
        ("mkdir -p d/e; cp image.raw d/e; echo x >d/a.ovf; echo y >d/SHA.sha256; tar -cf packed d", [.tar]),
    ]
}
