/// The header of a qcow2 image (QEMU's docs/interop/qcow2.txt), of those alone that a guest may be given.
///
/// Refused is what makes QEMU open another file, which a stranger would choose; what this host's QEMU may not know; and
/// what is not inside of the file.
public struct QCOW2Header: Equatable, Sendable {
    public enum Encryption: String, Codable, Sendable { case none, aes, luks }

    /// 2 or 3.
    public let version: Int
    /// What the guest sees, in bytes.
    public let virtualSize: Int64
    /// In bytes.
    public let clusterSize: Int
    public let encryption: Encryption
    public let snapshots: Int
    /// Whether clusters are compressed with zstd rather than zlib, where they are.
    public let usesZstd: Bool
    public let hasExtendedL2: Bool

    public var isEncrypted: Bool { encryption != .none }

    /// - Parameters:
    ///   - path: of the image.
    ///   - limit: bytes that the virtual disk may have.
    /// - Throws: `badImage` where it is refused, `tooLarge`, `fileSystem`.
    public init(_ path: String, limit: Int64 = .max) throws(DownloadError) {
        let image = try ImageBytes(path)
        // The header and its extensions are in the first cluster, which has 2 MiB at most.
        try self.init(image.read(at: 0, 2 << 20), fileSize: image.size, limit: limit)
    }

    /// - Parameter bytes: the first 2 MiB, or all where there are fewer.
    init(_ bytes: [UInt8], fileSize: Int64, limit: Int64 = .max) throws(DownloadError) {
        let fields = try QCOW2Fields(bytes)
        try fields.refuseOtherFiles()
        try fields.checkFeatures()
        try QCOW2Extensions(fields).check()
        guard let size = Int64(exactly: fields.size), size % 512 == 0 || fields.version == 3 else {
            throw QCOW2Fields.bad("its virtual size is \(fields.size) bytes")
        }
        if size > limit {
            throw DownloadError(
                .tooLarge,
                "the disk of the qcow2 image has \(size) bytes, and \(limit) are allowed; raise maximum_size or take another"
            )
        }
        try fields.checkTables(fileSize: fileSize)
        version = fields.version
        virtualSize = size
        clusterSize = 1 << fields.clusterBits
        encryption = [.none, .aes, .luks][Int(fields.cryptMethod)]
        snapshots = Int(fields.snapshots)
        usesZstd = fields.compressionType == 1
        hasExtendedL2 = fields.has(.extendedL2)
    }
}
