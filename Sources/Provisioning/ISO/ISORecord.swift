/// A run of blocks.
struct ISOExtent: Hashable {
    let block: Int
    /// In bytes.
    let size: Int

    var offset: Int { block * ISOVolume.blockSize }

    init(block: Int, size: Int) {
        self.block = block
        self.size = size
    }

    /// - Parameter record: at least the 33 bytes that every directory record has.
    init(record: ArraySlice<UInt8>) {
        // An extended attribute record lies before the data.
        self.init(block: record.littleEndian32(2) + Int(record[record.startIndex + 1]), size: record.littleEndian32(10))
    }
}

/// An entry of a folder (ECMA-119, 9.1).
struct ISORecord {
    private static let fixedSize = 33

    /// Of the whole record, in bytes.
    let length: Int
    let extent: ISOExtent
    let identifier: ArraySlice<UInt8>
    let systemUse: ArraySlice<UInt8>
    private let flags: UInt8
    private let interleave: [UInt8]

    /// - Parameter block: from the record's begin to the end of its block.
    /// - Returns: `nil` where there is no whole record.
    init?(_ block: ArraySlice<UInt8>) {
        let start = block.startIndex
        guard block.count > Self.fixedSize else { return nil }
        length = Int(block[start])
        let nameLength = Int(block[start + 32])
        guard nameLength > 0, Self.fixedSize + nameLength <= length, length <= block.count else { return nil }
        extent = ISOExtent(record: block)
        flags = block[start + 25]
        interleave = Array(block[start + 26..<start + 28])
        let nameEnd = start + Self.fixedSize + nameLength
        identifier = block[start + Self.fixedSize..<nameEnd]
        // A name of even length is followed by a byte that makes the next field begin at an even place.
        systemUse = block[min(nameEnd + (nameLength % 2 == 0 ? 1 : 0), start + length)..<start + length]
    }

    var isFolder: Bool { flags & 0x02 != 0 }
    /// Extended attributes of another file, such as a Macintosh's resource fork.
    var isAssociated: Bool { flags & 0x04 != 0 }
    /// Whether the next record goes on with this file.
    var hasMore: Bool { flags & 0x80 != 0 }
    var isInterleaved: Bool { interleave != [0, 0] }
    /// `.` and `..` have names of one byte, 0 and 1.
    var isOwnOrParent: Bool { identifier.count == 1 && identifier[identifier.startIndex] <= 1 }
}
