/// The file serial numbers (inode numbers) of a new image, in the order in which its folders are read.
///
/// libisofs numbers folders by their addresses in memory, so that two images of the same files would differ. Files that
/// share a number, which makes them hard links, share the new one too.
enum SerialNumbers {
    /// IEEE P1282, 4.1.1: signature, length, version, then mode, links, user, group and serial number of 8 bytes each.
    private static let length = 44
    private static let place = 36

    /// - Parameter image: one that libisofs has just made, with Rock Ridge.
    static func renumber(_ image: inout [UInt8]) throws(ConfigDriveError) {
        // Through a pointer: a slice of the array that is alive while the array is written would have all of it copied.
        let isDone = image.withUnsafeMutableBytes { renumber($0) }
        if !isDone {
            throw ConfigDriveError(
                .library,
                "the ISO library has made an image whose Rock Ridge attributes are not where they belong"
            )
        }
    }

    private static func renumber(_ image: UnsafeMutableRawBufferPointer) -> Bool {
        let root = 16 * ISOVolume.blockSize + 156
        var numbers: [UInt32: UInt32] = [:]
        var folders = [folder(image, root)]
        var next = 0
        while next < folders.count {
            let records = folders[next]
            next += 1
            guard records.upperBound <= image.count else { return false }
            var offset = records.lowerBound
            while offset < records.upperBound {
                let length = Int(image[offset])
                if length == 0 {
                    // A record never crosses a block; what is left of one is empty.
                    offset = (offset / ISOVolume.blockSize + 1) * ISOVolume.blockSize
                    continue
                }
                guard let px = attributes(image, record: offset, length) else { return false }
                // `.` and `..` have names of one byte, 0 and 1.
                let isOwnOrParent = image[offset + 32] == 1 && image[offset + 33] <= 1
                if image[offset + 25] & 0x02 != 0 && !isOwnOrParent { folders.append(folder(image, offset)) }
                let old = number(image, px + place)
                let new = numbers[old] ?? UInt32(numbers.count + 1)
                numbers[old] = new
                // Both byte orders, one after the other (ECMA-119, 7.3.3).
                image.storeBytes(of: new.littleEndian, toByteOffset: px + place, as: UInt32.self)
                image.storeBytes(of: new.bigEndian, toByteOffset: px + place + 4, as: UInt32.self)
                offset += length
            }
        }
        return true
    }

    /// Where the records of a folder are, from its own record.
    private static func folder(_ image: UnsafeMutableRawBufferPointer, _ record: Int) -> Range<Int> {
        let start = Int(number(image, record + 2)) * ISOVolume.blockSize
        return start..<start + Int(number(image, record + 10))
    }

    private static func number(_ image: UnsafeMutableRawBufferPointer, _ place: Int) -> UInt32 {
        UInt32(littleEndian: image.loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }

    /// Where the entry `PX` of a record begins.
    private static func attributes(_ image: UnsafeMutableRawBufferPointer, record: Int, _ size: Int) -> Int? {
        let end = record + size
        guard end <= image.count, size > 33 else { return nil }
        let name = Int(image[record + 32])
        // A name of even length is followed by a byte that makes the next field begin at an even place.
        var place = record + 33 + name + (name % 2 == 0 ? 1 : 0)
        while place + length <= end, image[place + 2] >= 4 {
            if image[place] == UInt8(ascii: "P"), image[place + 1] == UInt8(ascii: "X"), image[place + 2] == length {
                return place
            }
            place += Int(image[place + 2])
        }
        return nil
    }
}
