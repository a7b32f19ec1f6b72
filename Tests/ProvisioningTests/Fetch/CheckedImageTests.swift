import Foundation
import Glibc
import Synchronization
import Testing

@testable import Provisioning

/// Brings files to the disk, and no folder.
private struct FolderFailing: ImageFileSystem {
    private let kernel = KernelImageFileSystem()

    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64) -> Int {
        kernel.write(descriptor, bytes, at: offset)
    }

    func resize(_ descriptor: Int32, to size: Int64) -> Int32 { kernel.resize(descriptor, to: size) }

    func sync(_ descriptor: Int32) -> Int32 {
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG { return kernel.sync(descriptor) }
        errno = EIO
        return -1
    }

    func rename(_ folder: Int32, _ old: String, _ new: String, replacing: Bool) -> Int32 {
        kernel.rename(folder, old, new, replacing: replacing)
    }

    func space(_ descriptor: Int32) -> Int64? { kernel.space(descriptor) }
}

@Suite("images that get their name")
struct CheckedImageTests {
    @Test("a folder that cannot be synced: it is said, and the file has the name that was announced")
    func unsynced() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hostler-test-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let partial = try #require(try PartialFile.open(in: folder, id: "unsynced"))
        let file = try ImageFile(in: folder, id: "unsynced", on: FolderFailing())
        let digest = Checksum(algorithm: .sha256, hex: hexadecimal(DigestAlgorithm.sha256.digest([])))
        let image = CheckedImage(content: .file(file, partial), format: .raw, virtualSize: 0, digest: digest)
        let request = ImageFetch.Request(id: "unsynced", name: "image", url: "https://h/", folder: folder)
        let source = DownloadedSource(checksums: [digest], size: 0, validator: nil, url: "https://h/")
        let told = Mutex<[String]>([])
        let error = #expect(throws: DownloadError.self) {
            _ = try image.publish(request, source, nil) { image in told.withLock { $0.append(image.file) } }
        }
        #expect(error?.message.contains("cannot write the folder") == true, "\(error?.message ?? "")")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }
        #expect(names.count == 1 && told.withLock { $0 } == names)
    }
}
