/// What Rock Ridge adds to a directory record (IEEE P1281 and P1282).
struct RockRidge {
    /// More than any record needs, and an end to continuations that lead in a circle.
    private static let mostContinuations = 32

    private(set) var name: [UInt8]?
    /// As of `stat`.
    private(set) var mode: Int?
    private(set) var isLink = false
    /// Compressed or sparse: what is stored is not what the file holds.
    private(set) var isEncoded = false
    /// A deep folder's place, where this record only stands for it.
    private(set) var movedTo: Int?
    /// A deep folder in the place where it does not belong.
    private(set) var isMovedHere = false

    init(
        _ systemUse: ArraySlice<UInt8>,
        _ source: borrowing some ISOSource & ~Copyable
    ) throws(ConfigDriveError) {
        var area = systemUse
        for _ in 0...Self.mostContinuations {
            guard let next = try read(area, source) else { return }
            area = next
        }
        throw ConfigDriveError(.notADrive, "a Rock Ridge entry of \(source.name) has too many continuations")
    }

    /// - Returns: where the entries go on.
    private mutating func read(
        _ area: ArraySlice<UInt8>,
        _ source: borrowing some ISOSource & ~Copyable
    ) throws(ConfigDriveError) -> ArraySlice<UInt8>? {
        var rest = area
        var next: ArraySlice<UInt8>?
        while rest.count >= 4 {
            let length = Int(rest[rest.startIndex + 2])
            // What is left after the last entry may be anything.
            guard length >= 4, length <= rest.count else { break }
            let entry = rest.prefix(length)
            rest = rest.dropFirst(length)
            let signature = String(decoding: entry.prefix(2), as: UTF8.self)
            if signature == "ST" { break }
            if signature == "CE" && length >= 28 { next = try continuation(entry, source) }
            take(signature, entry)
        }
        return next
    }

    private mutating func take(_ signature: String, _ entry: ArraySlice<UInt8>) {
        switch signature {
        case "NM" where entry.count >= 5:
            // Flags: 1 the name goes on in the next NM, 2 it is `.`, 4 it is `..`.
            if entry[entry.startIndex + 4] & 6 == 0 { name = (name ?? []) + entry.dropFirst(5) }
        case "PX" where entry.count >= 8: mode = entry.littleEndian32(4)
        case "CL" where entry.count >= 8: movedTo = entry.littleEndian32(4)
        case "RE": isMovedHere = true
        case "SL": isLink = true
        case "ZF", "SF": isEncoded = true
        default: break
        }
    }

    private func continuation(
        _ entry: ArraySlice<UInt8>,
        _ source: borrowing some ISOSource & ~Copyable
    ) throws(ConfigDriveError) -> ArraySlice<UInt8> {
        let length = entry.littleEndian32(20)
        if length > ISOVolume.blockSize {
            throw ConfigDriveError(.notADrive, "a Rock Ridge entry of \(source.name) is damaged")
        }
        let offset = entry.littleEndian32(4) * ISOVolume.blockSize + entry.littleEndian32(12)
        return try source.bytes(at: offset, count: length)[...]
    }
}
