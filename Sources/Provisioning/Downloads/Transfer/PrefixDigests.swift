/// Hashes a partial file as it grows, on the threads for work: the network never waits for it.
///
/// What was hashed is kept from one attempt to the next, until the content begins anew.
actor PrefixDigests {
    /// What is waited for, so that there are few wake-ups.
    private static let step: Int64 = 1 << 20
    /// What is read at once: it is still in the core's cache when it is hashed.
    private static let piece = 256 << 10
    private static let writeback: Int64 = 8 << 20

    private let digests: [RunningDigest]
    private var offset: Int64 = 0
    private var generation: Int
    private var writtenBack: Int64 = 0

    init(_ algorithms: Set<DigestAlgorithm>, generation: Int) throws(DownloadError) {
        self.generation = generation
        var digests: [RunningDigest] = []
        for algorithm in algorithms { digests.append(try RunningDigest(algorithm)) }
        self.digests = digests
    }

    /// Comes back when nobody adds to the file any more and all of it is hashed.
    func follow(_ file: PartialFile) async throws(DownloadError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.piece, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let growth = await file.growth(upTo: offset + Self.step, generation: generation)
            if growth.generation != generation { try restart(growth.generation) }
            while offset < growth.prefix && file.generation == generation {
                let want = Int(min(Int64(Self.piece), growth.prefix - offset))
                let count = try file.copy(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<want]))
                if count == 0 {
                    // Cut off in this moment, since it begins anew; or by somebody else.
                    if file.generation != generation { break }
                    throw DownloadError(
                        .fileSystem,
                        "\(DownloadError.quoted(file.path)) was cut off by another program; ask for the download again"
                    )
                }
                for digest in digests { try digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
                offset += Int64(count)
                if offset - writtenBack >= Self.writeback {
                    file.beginWriteback(from: writtenBack, count: offset - writtenBack)
                    writtenBack = offset
                }
            }
            if !growth.isGrowing && offset >= growth.prefix && file.generation == generation { return }
        }
    }

    /// Of all that was hashed, SHA-256 first. To be called once.
    func finish() throws(DownloadError) -> [Checksum] {
        var checksums: [Checksum] = []
        for digest in digests { checksums.append(try digest.finish()) }
        return checksums.sorted { $0.algorithm == .sha256 && $1.algorithm != .sha256 }
    }

    private func restart(_ generation: Int) throws(DownloadError) {
        for digest in digests { try digest.restart() }
        self.generation = generation
        offset = 0
        writtenBack = 0
    }
}
