/// Reads what `qemu-img convert -p` writes: `    (12.50/100%)` and a carriage return, again and again.
struct QEMUProgress {
    private var line: [UInt8] = []

    /// - Returns: the newest percentage that is whole in what has come.
    mutating func read(_ bytes: UnsafeRawBufferPointer) -> Double? {
        var newest: Double?
        for byte in bytes {
            if byte == UInt8(ascii: "(") {
                line = []
            } else if byte == UInt8(ascii: "/") {
                newest = Double(String(decoding: line, as: UTF8.self)) ?? newest
            } else if line.count < 16 {
                line.append(byte)
            }
        }
        return newest.flatMap { (0...100).contains($0) ? $0 : nil }
    }
}
