internal import DomainXML

/// `<pieces>`: what equal parts of the file hash to.
enum MetalinkPieces {
    static let maximumCount = 65_536
    /// Bytes of a piece.
    static let maximumLength: Int64 = 1 << 40

    /// - Returns: the strongest of several; `nil` where there are none of a known algorithm.
    /// - Throws: `badMetalink` where they do not make up the whole file.
    static func read(
        _ parents: [XMLElement],
        size: Int64?,
        _ reader: MetalinkReader,
        _ notes: inout [String]
    ) throws(DownloadError) -> DownloadItem.Pieces? {
        var best: DownloadItem.Pieces?
        for parent in parents {
            for element in reader.children(parent, "pieces") {
                let type = element.attribute("type") ?? ""
                guard let algorithm = DigestAlgorithm(name: type) else {
                    notes.append("its pieces of type '\(DisplayURL.printable(type))' are not known here")
                    continue
                }
                let pieces = try pieces(element, algorithm, size, reader)
                if let best, best.algorithm == algorithm, best != pieces {
                    throw reader.bad(element, "is one of two lists of \(algorithm.name) pieces that differ")
                }
                if best.map({ $0.algorithm.digits < algorithm.digits }) ?? true { best = pieces }
            }
        }
        return best
    }

    private static func pieces(
        _ element: XMLElement,
        _ algorithm: DigestAlgorithm,
        _ size: Int64?,
        _ reader: MetalinkReader
    ) throws(DownloadError) -> DownloadItem.Pieces {
        let length = try reader.number(element.attribute("length") ?? "", element, from: 1, to: maximumLength)
        let hashes = try ordered(reader.children(element, "hash"), element, reader)
        if hashes.isEmpty { throw reader.bad(element, "has no hashes") }
        if let size {
            let expected = size / length + (size % length == 0 ? 0 : 1)
            if Int64(hashes.count) != expected {
                throw reader.bad(
                    element,
                    "has \(hashes.count) hashes; a file of \(size) bytes has \(expected) pieces of \(length)"
                )
            }
        }
        var digests: [String] = []
        digests.reserveCapacity(hashes.count)
        for hash in hashes { digests.append(try reader.digest(hash, algorithm)) }
        return DownloadItem.Pieces(length: length, algorithm: algorithm, hashes: digests)
    }

    /// Version 4 has the pieces in order, version 3 a number at each.
    private static func ordered(
        _ hashes: [XMLElement],
        _ pieces: XMLElement,
        _ reader: MetalinkReader
    ) throws(DownloadError) -> [XMLElement] {
        if hashes.count > maximumCount {
            throw reader.bad(pieces, "has \(hashes.count) hashes; \(maximumCount) are read: make it of larger pieces")
        }
        if reader.version == .v4 || hashes.allSatisfy({ $0.attribute("piece") == nil }) { return hashes }
        var places = [XMLElement?](repeating: nil, count: hashes.count)
        for hash in hashes {
            // A number beyond the count means that another one is missing.
            let number = Int(
                try reader.number(hash.attribute("piece") ?? "", hash, to: Int64(hashes.count) - 1)
            )
            if places[number] != nil { throw reader.bad(hash, "is the second one of piece \(number)") }
            places[number] = hash
        }
        return places.compactMap { $0 }
    }
}
