/// What the volume descriptors of an image say (ECMA-119, 8).
struct ISOVolume {
    enum Names { case rockRidge, joliet, plain }

    static let blockSize = 2048
    /// The descriptors begin behind 16 blocks that are the system's.
    private static let firstDescriptor = 16
    /// More than any tool writes: primary, boot record, Joliet, ISO 9660:1999, terminator.
    private static let mostDescriptors = 32

    let label: String
    let names: Names
    let root: ISOExtent
    /// What Rock Ridge leaves free at the begin of each system use field.
    let systemUseSkip: Int

    init(_ source: borrowing some ISOSource & ~Copyable) throws(ConfigDriveError) {
        var primary: [UInt8]?
        var joliet: [UInt8]?
        for number in 0..<Self.mostDescriptors {
            let offset = (Self.firstDescriptor + number) * Self.blockSize
            if number == 0 && source.size < offset + Self.blockSize { throw try Self.complaint(source) }
            let descriptor = try source.bytes(at: offset, count: Self.blockSize)
            if descriptor[1..<6] != ArraySlice("CD001".utf8) {
                if number == 0 { throw try Self.complaint(source) }
                break
            }
            if descriptor[0] == 255 { break }
            if descriptor[0] == 1 && primary == nil { primary = descriptor }
            if descriptor[0] == 2 && Self.isJoliet(descriptor) && joliet == nil { joliet = descriptor }
        }
        guard let primary else { throw ConfigDriveError(.notADrive, "\(source.name) has no primary volume descriptor") }
        try Self.check(primary, source)
        label = String(decoding: primary[40..<72].prefix { $0 != 0 }, as: UTF8.self).trimmed(" ")
        let plainRoot = ISOExtent(record: primary[156..<190])
        if let skip = try Self.rockRidge(plainRoot, source) {
            (names, root, systemUseSkip) = (.rockRidge, plainRoot, skip)
        } else if let joliet {
            (names, root, systemUseSkip) = (.joliet, ISOExtent(record: joliet[156..<190]), 0)
        } else {
            (names, root, systemUseSkip) = (.plain, plainRoot, 0)
        }
    }

    private static func check(
        _ primary: [UInt8],
        _ source: borrowing some ISOSource & ~Copyable
    ) throws(ConfigDriveError) {
        let block = primary.littleEndian16(128)
        if block != blockSize {
            throw ConfigDriveError(.notADrive, "\(source.name) has blocks of \(block) bytes; only 2048 can be read")
        }
        let size = primary.littleEndian32(80) * blockSize
        if size > source.size {
            throw ConfigDriveError(.notADrive, "\(source.name) is cut off: it has \(source.size) of \(size) bytes")
        }
    }

    /// Joliet is known by the escape sequence of UCS-2 level 1, 2 or 3.
    private static func isJoliet(_ descriptor: [UInt8]) -> Bool {
        descriptor[88] == 0x25 && descriptor[89] == 0x2F && [0x40, 0x43, 0x45].contains(descriptor[90])
    }

    /// - Returns: how many bytes to skip in each system use field, where the root folder has Rock Ridge's `SP` and `PX`.
    private static func rockRidge(
        _ root: ISOExtent,
        _ source: borrowing some ISOSource & ~Copyable
    ) throws(ConfigDriveError) -> Int? {
        let block = try source.bytes(at: root.offset, count: blockSize)
        guard let own = ISORecord(block[...]) else {
            throw ConfigDriveError(.notADrive, "the root folder of \(source.name) is damaged")
        }
        guard own.systemUse.count >= 7, own.systemUse.starts(with: Array("SP".utf8)) else { return nil }
        let start = own.systemUse.startIndex
        guard own.systemUse[start + 4] == 0xBE, own.systemUse[start + 5] == 0xEF else { return nil }
        // The root's own field is read from its begin, since the skip is what it tells.
        let entries = try RockRidge(own.systemUse, source)
        return entries.mode == nil ? nil : Int(own.systemUse[start + 6])
    }

    /// Why there is no descriptor where the first one has to be.
    private static func complaint(
        _ source: borrowing some ISOSource & ~Copyable
    ) throws(ConfigDriveError) -> ConfigDriveError {
        let start = try source.bytes(at: 0, count: min(source.size, 512))
        let what: String
        if start.isEmpty {
            what = "is empty, not an ISO 9660 image"
        } else if start.starts(with: [0x51, 0x46, 0x49, 0xFB]) {
            what = "is a qcow2 image, not an ISO 9660 image"
        } else if isFAT(start) {
            what = "is a FAT file system; only ISO 9660 images can be read"
        } else {
            what = "is not an ISO 9660 image: it has no volume descriptor at byte \(firstDescriptor * blockSize)"
        }
        return ConfigDriveError(.notADrive, "\(source.name) \(what)")
    }

    /// The boot sector's end mark, and the name that every tool writes in one of two places (FAT12 and FAT16, FAT32).
    private static func isFAT(_ start: [UInt8]) -> Bool {
        start.count == 512 && start[510] == 0x55 && start[511] == 0xAA
            && [54, 82].contains { start[$0..<$0 + 3] == ArraySlice("FAT".utf8) }
    }
}

extension String {
    /// Without `character` at its end.
    func trimmed(_ character: Character) -> String {
        var text = self[...]
        while text.last == character { text.removeLast() }
        return String(text)
    }
}

extension RandomAccessCollection where Element == UInt8, Index == Int {
    /// The little-endian half of a number in both byte orders, `offset` from the begin.
    func littleEndian32(_ offset: Int) -> Int { littleEndian16(offset) | littleEndian16(offset + 2) << 16 }

    func littleEndian16(_ offset: Int) -> Int {
        Int(self[startIndex + offset]) | Int(self[startIndex + offset + 1]) << 8
    }
}
