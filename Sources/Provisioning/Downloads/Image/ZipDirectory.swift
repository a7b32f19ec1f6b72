/// The directory at the end of a zip file, which alone tells that the file is whole and what is a symbolic link.
///
/// It is found in the last bytes of what passes by; more than a zip of one image needs are not kept.
struct ZipDirectory {
    /// The largest comment (65535), the record that it belongs to (22), and room for the directory.
    private static let kept = 128 << 10
    private var tail: [UInt8] = []

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        if bytes.count >= Self.kept {
            tail = Array(bytes.suffix(Self.kept))
        } else {
            tail += bytes
            // In large steps, since each one moves what is kept.
            if tail.count > 4 * Self.kept { tail.removeFirst(tail.count - Self.kept) }
        }
    }

    /// - Returns: whether the file ends as a zip file has to (APPNOTE, 4.3.16).
    var isWhole: Bool { end != nil }

    /// Where the record is that ends the directory.
    private var end: Int? {
        guard tail.count >= 22 else { return nil }
        return (0...(tail.count - 22)).reversed().first { index in
            tail[index] == 0x50 && tail[index + 1] == 0x4B && tail[index + 2] == 5 && tail[index + 3] == 6
                && index + 22 + number(index + 20, 2) <= tail.count
        }
    }

    /// Names of entries that are symbolic links or devices (APPNOTE, 4.4.15, with Unix's mode in the upper half).
    var specialNames: [String] {
        guard let end else { return [] }
        let size = number(end + 12, 4)
        // With Zip64, two records stand between the directory and its end.
        guard var index = [end - size, end - size - 76].first(where: { $0 >= 0 && isEntry($0) }) else { return [] }
        var names: [String] = []
        while index + 46 <= end, isEntry(index) {
            let length = number(index + 28, 2)
            let isUnix = tail[index + 5] == 3
            let type = (number(index + 38, 4) >> 16) & 0o170000
            if isUnix, ![0, 0o100000, 0o040000].contains(type), index + 46 + length <= end {
                names.append(String(decoding: tail[(index + 46)..<(index + 46 + length)], as: UTF8.self))
            }
            index += 46 + length + number(index + 30, 2) + number(index + 32, 2)
        }
        return names
    }

    private func isEntry(_ index: Int) -> Bool {
        index + 46 <= tail.count && tail[index..<(index + 4)].elementsEqual([0x50, 0x4B, 1, 2])
    }

    /// Little-endian.
    private func number(_ index: Int, _ count: Int) -> Int {
        tail[index..<(index + count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
