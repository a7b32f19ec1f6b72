/// The numbers of a qcow2 header, and the rules for each.
struct QCOW2Fields {
    /// Bits of `incompatible_features`.
    enum Feature: Int, CaseIterable {
        case dirty, corrupt, externalDataFile, compressionType, extendedL2
    }

    let bytes: [UInt8]
    let version: Int
    let backingOffset: UInt64
    let clusterBits: Int
    let size: UInt64
    let cryptMethod: UInt32
    let l1Entries: UInt32
    let l1Offset: UInt64
    let refcountOffset: UInt64
    let refcountClusters: UInt32
    let snapshots: UInt32
    let snapshotsOffset: UInt64
    let incompatible: UInt64
    let refcountOrder: UInt32
    let headerLength: Int
    let compressionType: UInt8

    var clusterSize: UInt64 { 1 << UInt64(clusterBits) }

    func has(_ feature: Feature) -> Bool { incompatible & (1 << UInt64(feature.rawValue)) != 0 }

    static func bad(_ reason: String) -> DownloadError {
        DownloadError(.badImage, "the qcow2 image is not valid: \(reason); ask its owner for another")
    }

    init(_ bytes: [UInt8]) throws(DownloadError) {
        self.bytes = bytes
        let numbers = BigEndian(bytes: bytes)
        guard numbers.uint32(0) == 0x5146_49FB, let version = numbers.uint32(4), bytes.count >= 72 else {
            throw Self.bad("it has no header")
        }
        guard version == 2 || version == 3 else { throw Self.bad("its version is \(version), and 2 and 3 are known") }
        if version == 3 && bytes.count < 104 { throw Self.bad("its header is cut off") }
        self.version = Int(version)
        // All of these are in the bytes that are there by now.
        backingOffset = numbers.uint64(8) ?? 0
        let bits = numbers.uint32(20) ?? 0
        guard (9...21).contains(bits) else { throw Self.bad("its clusters have 2^\(bits) bytes") }
        clusterBits = Int(bits)
        size = numbers.uint64(24) ?? 0
        cryptMethod = numbers.uint32(32) ?? 0
        l1Entries = numbers.uint32(36) ?? 0
        l1Offset = numbers.uint64(40) ?? 0
        refcountOffset = numbers.uint64(48) ?? 0
        refcountClusters = numbers.uint32(56) ?? 0
        snapshots = numbers.uint32(60) ?? 0
        snapshotsOffset = numbers.uint64(64) ?? 0
        let isThree = version == 3
        incompatible = isThree ? numbers.uint64(72) ?? 0 : 0
        refcountOrder = isThree ? numbers.uint32(96) ?? 0 : 4
        let length = isThree ? numbers.uint32(100) ?? 0 : 72
        let clusterSize = UInt32(1) << bits
        guard !isThree || (length >= 104 && length % 8 == 0 && length <= clusterSize && Int(length) <= bytes.count)
        else { throw Self.bad("its header has a length of \(length)") }
        headerLength = Int(length)
        compressionType = isThree && length > 104 ? bytes[104] : 0
    }

    /// A backing file or a data file would be opened in its place, whichever its maker has named.
    func refuseOtherFiles() throws(DownloadError) {
        if backingOffset != 0 {
            throw DownloadError(
                .badImage,
                "the qcow2 image has a backing file, which is refused; flatten it with qemu-img convert before it is served"
            )
        }
        if has(.externalDataFile) { throw Self.dataFile }
    }

    static let dataFile = DownloadError(
        .badImage,
        "the qcow2 image keeps its data in another file, which is refused; flatten it with qemu-img convert before it is served"
    )

    func checkFeatures() throws(DownloadError) {
        let known = Feature.allCases.reduce(UInt64(0)) { $0 | 1 << UInt64($1.rawValue) }
        if incompatible & ~known != 0 {
            let unknown = (0..<64).filter { (incompatible & ~known) >> UInt64($0) & 1 != 0 }
            throw Self.bad(
                "it has incompatible features that are not known: bit \(unknown.map(String.init).joined(separator: ", "))"
            )
        }
        if has(.corrupt) {
            throw Self.bad("it is marked as corrupt; its owner can repair it with qemu-img check -r all")
        }
        if has(.dirty) {
            throw Self.bad("it was not closed (dirty); its owner can repair it with qemu-img check -r all")
        }
        if cryptMethod > 2 { throw Self.bad("its encryption method is \(cryptMethod)") }
        if refcountOrder > 6 { throw Self.bad("its refcounts have 2^\(refcountOrder) bits") }
        if has(.compressionType) != (compressionType != 0) || compressionType > 1 {
            throw Self.bad("its compression type is \(compressionType)")
        }
        if has(.extendedL2) && clusterBits < 14 { throw Self.bad("its subclusters are too small") }
    }

    /// QEMU's own limits, so that what passes here does not fail there.
    func checkTables(fileSize: Int64) throws(DownloadError) {
        let end = UInt64(max(0, fileSize))
        try checkTable("L1 table", at: l1Offset, bytes: UInt64(l1Entries) * 8, limit: 32 << 20, end)
        let clusters = UInt64(refcountClusters)
        // Its last cluster need not be written to its end.
        try checkTable("refcount table", at: refcountOffset, bytes: clusters == 0 ? 0 : 1, limit: 1, end)
        if clusters == 0 || clusters << UInt64(clusterBits) > 8 << 20 {
            throw Self.bad("its refcount table has \(clusters) clusters")
        }
        try checkTable("table of snapshots", at: snapshotsOffset, bytes: UInt64(snapshots) * 40, limit: 65536 * 40, end)
        // An L2 table is one cluster of entries with 8 bytes, or 16.
        let shift = UInt64(2 * clusterBits - (has(.extendedL2) ? 4 : 3))
        let needed = size == 0 ? 0 : ((size - 1) >> shift) + 1
        if needed > UInt64(l1Entries) {
            throw Self.bad("its L1 table has \(l1Entries) entries, and a disk of \(size) bytes needs \(needed)")
        }
    }

    private func checkTable(
        _ name: String,
        at offset: UInt64,
        bytes: UInt64,
        limit: UInt64,
        _ end: UInt64
    ) throws(DownloadError) {
        if bytes == 0 { return }
        if bytes > limit { throw Self.bad("its \(name) has \(bytes) bytes") }
        if offset == 0 || offset % clusterSize != 0 { throw Self.bad("its \(name) begins at byte \(offset)") }
        if offset > end || bytes > end - offset {
            throw Self.bad("its \(name) at byte \(offset) is beyond the end of the file, which has \(end) bytes")
        }
    }
}
