/// The header of a VMDK, of those alone that are in one file.
///
/// Others name the files that their data is in, which QEMU would open, whatever they are.
enum VMDKHeader {
    /// - Throws: `badImage` where it refers to other files, or has no header.
    static func check(_ path: String) throws(DownloadError) {
        let image = try ImageBytes(path)
        // The descriptor that tells of extents and parents stands alone in the file.
        if try image.has("# Disk DescriptorFile".utf8, at: 0) { throw refused("is a descriptor of other files") }
        guard try image.has("KDMV".utf8, at: 0) else { throw refused("has no header of a sparse disk") }
        let header = try image.read(at: 0, 512)
        // Without a capacity, the descriptor inside has the extents.
        if header.count < 512 || number(header, 12, 8) == 0 {
            throw refused("has no capacity, so its data is elsewhere")
        }
        // QEMU looks for it in the 20 sectors behind the header, wherever the header says that it is.
        let offset = number(header, 28, 8)
        var texts = [try image.read(at: 512, 20 * 512)]
        if let start = Int64(exactly: offset), start < Int64.max / 512 {
            texts.append(try image.read(at: start * 512, 1 << 20))
        }
        for text in texts where contains(text, Array("parentFileNameHint".utf8)) { throw refused("has a parent") }
    }

    private static func refused(_ reason: String) -> DownloadError {
        DownloadError(
            .badImage,
            "the vmdk image \(reason), which is refused; make one file of it with qemu-img convert before it is served"
        )
    }

    private static func contains(_ text: [UInt8], _ word: [UInt8]) -> Bool {
        guard text.count >= word.count else { return false }
        return (0...(text.count - word.count)).contains { text[$0] == word[0] && text[$0...].starts(with: word) }
    }

    /// Little-endian.
    private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
        bytes[offset..<(offset + count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
