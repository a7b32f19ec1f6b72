/// The extensions behind a qcow2 header: type and length, 4 bytes each, and data up to a multiple of 8.
struct QCOW2Extensions {
    private static let dataFileName: UInt32 = 0x4441_5441
    private static let encryptionHeader: UInt32 = 0x0537_BE77

    private let fields: QCOW2Fields

    init(_ fields: QCOW2Fields) { self.fields = fields }

    /// - Throws: `badImage` where one reaches beyond the first cluster, or names a data file.
    func check() throws(DownloadError) {
        let numbers = BigEndian(bytes: fields.bytes)
        let end = min(fields.bytes.count, 1 << fields.clusterBits)
        var offset = fields.headerLength
        var hasEncryptionHeader = false
        while let type = numbers.uint32(offset), type != 0, offset + 8 <= end {
            let length = Int(numbers.uint32(offset + 4) ?? .max)
            if length > end - offset - 8 {
                throw QCOW2Fields.bad("the extension \(String(type, radix: 16)) of its header has \(length) bytes")
            }
            if type == Self.dataFileName { throw QCOW2Fields.dataFile }
            if type == Self.encryptionHeader { hasEncryptionHeader = true }
            offset += 8 + (length + 7) / 8 * 8
        }
        if fields.cryptMethod == 2 && !hasEncryptionHeader { throw QCOW2Fields.bad("it has no LUKS header") }
    }
}
