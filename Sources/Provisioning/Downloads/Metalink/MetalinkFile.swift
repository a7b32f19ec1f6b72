internal import DomainXML

/// One file of a metalink.
struct MetalinkFile: Sendable {
    private static let maximumNotes = 100

    /// As the document has it, to choose by; never a path.
    let writtenName: String
    /// In bytes.
    let size: Int64?
    /// The best first.
    private(set) var mirrors: [String]
    /// Of the whole file, the strongest first.
    let checksums: [Checksum]
    let pieces: DownloadItem.Pieces?
    /// What was left out, and why.
    private(set) var notes: [String]

    /// - Throws: `badMetalink` for what contradicts itself.
    init(_ element: XMLElement, _ reader: MetalinkReader) throws(DownloadError) {
        writtenName = element.attribute("name") ?? ""
        var size: Int64?
        for other in reader.children(element, "size") {
            let value = try reader.number(reader.text(other), other)
            if let size, size != value { throw reader.bad(other, "says \(value) bytes, and another one \(size)") }
            size = value
        }
        self.size = size
        var notes: [String] = []
        let hashes = reader.version == .v4 ? [element] : reader.children(element, "verification")
        checksums = try Self.checksums(hashes, reader, &notes)
        pieces = try MetalinkPieces.read(hashes, size: size, reader, &notes)
        mirrors = MetalinkMirrors.read(element, reader, &notes)
        self.notes = Array(notes.prefix(Self.maximumNotes))
    }

    private static func checksums(
        _ parents: [XMLElement],
        _ reader: MetalinkReader,
        _ notes: inout [String]
    ) throws(DownloadError) -> [Checksum] {
        var found: [DigestAlgorithm: String] = [:]
        for parent in parents {
            for element in reader.children(parent, "hash") {
                let type = element.attribute("type") ?? ""
                guard let algorithm = DigestAlgorithm(name: type) else {
                    notes.append("its hash of type '\(DisplayURL.printable(type))' is not known here")
                    continue
                }
                let hex = try reader.digest(element, algorithm)
                if let other = found[algorithm], other != hex {
                    throw reader.bad(element, "is one of two \(algorithm.name) hashes that differ")
                }
                found[algorithm] = hex
            }
        }
        return DigestAlgorithm.allCases.reversed().compactMap { algorithm in
            found[algorithm].map { Checksum(algorithm: algorithm, hex: $0) }
        }
    }

    /// Leaves out what anybody on the way could replace unseen. The document came over https, and nothing in it tells
    /// the right bytes.
    mutating func dropUnprotected() {
        let open = mirrors.filter { !$0.lowercased().hasPrefix("https://") }
        mirrors.removeAll { open.contains($0) }
        notes += open.map { "\(DisplayURL($0).text) is not https, and there is no hash to check it with" }
    }

    /// What to call it: the last part of its name where that is fit for the name of a file. It is a hint for people,
    /// and never a path.
    var name: String? {
        guard let last = writtenName.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init),
            last.utf8.count <= 255, last.first != "."
        else { return nil }
        let isPrintable = last.unicodeScalars.allSatisfy {
            $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
        }
        return isPrintable ? last : nil
    }
}
