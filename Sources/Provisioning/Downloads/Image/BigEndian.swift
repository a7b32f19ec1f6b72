/// Numbers of a header, the most significant byte first. What lies behind the end does not exist.
struct BigEndian {
    let bytes: [UInt8]

    func uint32(_ offset: Int) -> UInt32? { number(offset, 4).map { UInt32(truncatingIfNeeded: $0) } }

    func uint64(_ offset: Int) -> UInt64? { number(offset, 8) }

    private func number(_ offset: Int, _ count: Int) -> UInt64? {
        guard offset >= 0, offset <= bytes.count - count else { return nil }
        return bytes[offset..<(offset + count)].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
