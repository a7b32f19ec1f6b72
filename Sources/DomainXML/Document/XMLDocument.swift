/// A parsed document: the bytes as they came, and an index of where each element stands in them.
///
/// Nothing is ever decoded and encoded again. A change is a splice into the original bytes (``XMLEditor``), so that
/// comments, quotes, white space, unknown elements and other people's metadata come back as they were, and a document
/// that needs no change is the input itself.
package final class XMLDocument: Sendable {
    /// libvirt's remote protocol refuses strings over 4 MiB; this leaves room for documents that never went through it.
    static let maximumSize = 16 << 20
    /// libxml2's own bound, and so libvirt's: a deeper domain cannot be defined.
    static let maximumDepth = 256

    struct Node: Sendable {
        /// Offset of `<`.
        var start: Int32
        /// Offset behind the `>` of the start tag.
        var tagEnd: Int32
        /// Offset of `</`; equal to `end` where the start tag closes itself.
        var closeStart: Int32
        /// Offset behind the whole element.
        var end: Int32
        var nameStart: Int32
        var nameLength: Int32
        var parent: Int32
        var firstChild: Int32
        var nextSibling: Int32
        /// Index into ``XMLDocument/namespaces``.
        var namespace: Int32
    }

    let bytes: [UInt8]
    let nodes: [Node]
    /// Namespace URIs in order of appearance; the first is no namespace.
    let namespaces: [String]

    /// Parses `bytes`.
    ///
    /// - Parameter kind: of document, for messages.
    /// - Throws: ``DomainXMLError`` with code `malformedXML` for anything but one well-formed UTF-8 document without a
    ///   DOCTYPE, of at most ``maximumSize`` bytes and ``maximumDepth`` levels. No file or network is touched and no
    ///   entity is expanded, whatever the document says.
    package init(_ bytes: [UInt8], kind: String = "domain XML") throws(DomainXMLError) {
        try Self.checkEncoding(bytes, kind)
        let index = try XMLIndexer(bytes, kind: kind).run()
        self.bytes = bytes
        nodes = index.nodes
        namespaces = index.namespaces
    }

    package var root: XMLElement { XMLElement(document: self, index: 0) }

    /// The quote that the document uses for attributes, so that new elements look like their neighbours.
    var quote: UInt8 {
        let tag = bytes[Int(nodes[0].start)...]
        return tag.first { $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: "\"") } ?? UInt8(ascii: "'")
    }

    private static func checkEncoding(_ bytes: [UInt8], _ kind: String) throws(DomainXMLError) {
        if bytes.count > maximumSize {
            throw DomainXMLError(
                .malformedXML,
                "the document has \(bytes.count) bytes; \(kind) of up to \(maximumSize) bytes is read"
            )
        }
        if bytes.allSatisfy({ $0 == 0x20 || ($0 >= 0x09 && $0 <= 0x0D) }) {
            throw DomainXMLError(.malformedXML, "the document is empty")
        }
        let wide: [[UInt8]] = [[0xFE, 0xFF], [0xFF, 0xFE], [0x00, 0x3C], [0x3C, 0x00], [0x00, 0x00]]
        if wide.contains(where: { bytes.starts(with: $0) }) {
            throw DomainXMLError(
                .malformedXML,
                "the document is UTF-16 or UTF-32; \(kind) is UTF-8: convert it with iconv -t UTF-8"
            )
        }
        if let offset = bytes.firstIndex(of: 0) {
            throw DomainXMLError(.malformedXML, "the document has a NUL byte at offset \(offset)")
        }
        if let name = declaredEncoding(bytes), !["UTF-8", "UTF8", "US-ASCII", "ASCII"].contains(name.uppercased()) {
            let shown = Property.printable(name)
            throw DomainXMLError(
                .malformedXML,
                "the document declares encoding '\(shown)'; \(kind) is UTF-8: convert it with iconv -f \(shown) -t UTF-8"
            )
        }
    }

    /// What `<?xml … encoding='…'?>` says.
    private static func declaredEncoding(_ bytes: [UInt8]) -> String? {
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        guard bytes[start...].starts(with: "<?xml".utf8), let end = bytes[start...].firstRange(of: "?>")?.lowerBound,
            let word = bytes[start..<end].firstRange(of: "encoding")?.upperBound,
            let open = bytes[word..<end].firstIndex(where: { $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: "\"") }),
            let close = bytes[(open + 1)..<end].firstIndex(of: bytes[open])
        else { return nil }
        return String(decoding: bytes[open + 1..<close], as: UTF8.self)
    }
}
