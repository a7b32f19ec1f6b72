import CLibXML2

/// Runs libxml2's SAX2 parser over a buffer and notes where each element begins and ends.
///
/// libxml2 proves that the text is well-formed and resolves namespaces; its tree is not built, since the offsets alone
/// are what edits need, and a tree costs some fifteen times the size of the text.
final class XMLIndexer {
    private(set) var nodes: [XMLDocument.Node] = []
    private(set) var namespaces = [""]

    private let bytes: [UInt8]
    private let kind: String
    private var context: xmlParserCtxtPtr?
    private var open: [Int32] = []
    /// The last child seen so far of each open element, to link siblings.
    private var lastChild: [Int32] = []
    /// libxml2 interns URIs, so that the pointer stands for the text while the parser lives.
    private var namespaceByPointer: [UnsafePointer<xmlChar>: Int32] = [:]
    private var namespaceByText: [String: Int32] = [:]
    private var problem: String?
    private var isCutOff = false

    /// - Parameter kind: of document, for messages.
    init(_ bytes: [UInt8], kind: String) {
        self.bytes = bytes
        self.kind = kind
    }

    deinit { xmlFreeParserCtxt(context) }

    func run() throws(DomainXMLError) -> XMLIndexer {
        bytes.withUnsafeBytes { parse($0) }
        if let problem { throw DomainXMLError(.malformedXML, problem) }
        guard let context, context.pointee.wellFormed != 0, !nodes.isEmpty, !isCutOff else {
            throw DomainXMLError(.malformedXML, "the document is not well-formed XML")
        }
        return self
    }

    private func parse(_ buffer: UnsafeRawBufferPointer) {
        guard let context = xmlCreateMemoryParserCtxt(buffer.baseAddress, Int32(buffer.count)) else { return }
        self.context = context
        context.pointee.sax.pointee = Self.handler()
        context.pointee.userData = Unmanaged.passUnretained(self).toOpaque()
        // IGNORE_ENC: only what declares UTF-8 comes here, and a conversion would make the parser's offsets meaningless.
        let options = XML_PARSE_NONET.rawValue | XML_PARSE_IGNORE_ENC.rawValue
        xmlCtxtUseOptions(context, Int32(options))
        xmlParseDocument(context)
    }

    private static func handler() -> xmlSAXHandler {
        var sax = xmlSAXHandler()
        sax.initialized = UInt32(XML_SAX2_MAGIC)
        sax.startElementNs = { user, _, prefix, uri, _, _, _, _, _ in
            XMLIndexer.from(user)?.startElement(prefix: prefix, uri: uri)
        }
        sax.endElementNs = { user, _, _, _ in XMLIndexer.from(user)?.endElement() }
        sax.internalSubset = { user, _, _, _ in
            guard let indexer = XMLIndexer.from(user) else { return }
            indexer.stop("the document has a DOCTYPE, which \(indexer.kind) never has: remove it")
        }
        sax.serror = { user, error in
            guard let error, let indexer = XMLIndexer.from(user) else { return }
            indexer.report(error.pointee)
        }
        return sax
    }

    private static func from(_ user: UnsafeMutableRawPointer?) -> XMLIndexer? {
        user.map { Unmanaged<XMLIndexer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Where the parser stands in the input.
    private var offset: Int32 {
        guard let input = context?.pointee.input else { return 0 }
        return Int32(truncatingIfNeeded: Int(input.pointee.consumed) + (input.pointee.cur - input.pointee.base))
    }

    private func stop(_ reason: String) {
        problem = problem ?? reason
        xmlStopParser(context)
    }

    private func report(_ error: xmlError) {
        // Only what makes the text not well-formed; an unbound prefix, say, is a mere namespace error to libvirt too.
        guard error.level == XML_ERR_FATAL, problem == nil else { return }
        var words = error.message.map { String(cString: $0) } ?? ""
        while words.last?.isWhitespace == true { words.removeLast() }
        let line = words.split(separator: "\n").first.map { ": " + $0 } ?? ""
        problem = "the document is not well-formed XML at line \(error.line)\(line)"
    }

    private func startElement(prefix: UnsafePointer<xmlChar>?, uri: UnsafePointer<xmlChar>?) {
        if open.count >= XMLDocument.maximumDepth {
            return stop("the document nests elements deeper than \(XMLDocument.maximumDepth) levels")
        }
        // The callback comes when the attributes are read, so the parser stands at `>` or `/>`. Attribute values cannot
        // hold a bare `<`: the nearest one to the left begins the tag.
        let end = Int(offset)
        guard end < bytes.count, let start = bytes[..<end].lastIndex(of: UInt8(ascii: "<")) else {
            // The text ends inside the tag: the parser is about to say so.
            isCutOff = true
            return
        }
        let selfClosing = bytes[end] == UInt8(ascii: "/")
        var nameStart = start + 1
        if let prefix { nameStart += Int(xmlStrlen(prefix)) + 1 }
        let nameEnd = bytes[nameStart..<end].firstIndex { $0 == 0x20 || ($0 >= 0x09 && $0 <= 0x0D) } ?? end

        let index = Int32(nodes.count)
        nodes.append(
            XMLDocument.Node(
                start: Int32(start),
                tagEnd: Int32(end + (selfClosing ? 2 : 1)),
                closeStart: -1,
                end: -1,
                nameStart: Int32(nameStart),
                nameLength: Int32(nameEnd - nameStart),
                parent: open.last ?? -1,
                firstChild: -1,
                nextSibling: -1,
                namespace: namespaceIndex(uri)
            )
        )
        if let parent = open.last {
            if let sibling = lastChild.last, sibling >= 0 {
                nodes[Int(sibling)].nextSibling = index
            } else {
                nodes[Int(parent)].firstChild = index
            }
            lastChild[lastChild.count - 1] = index
        }
        open.append(index)
        lastChild.append(-1)
    }

    private func endElement() {
        guard let index = open.popLast() else { return }
        lastChild.removeLast()
        let end = Int(offset)
        nodes[Int(index)].end = Int32(end)
        if Int(nodes[Int(index)].tagEnd) == end, bytes[end - 2] == UInt8(ascii: "/") {
            nodes[Int(index)].closeStart = Int32(end)
        } else {
            nodes[Int(index)].closeStart = Int32(bytes[..<end].lastIndex(of: UInt8(ascii: "<")) ?? end)
        }
    }

    private func namespaceIndex(_ uri: UnsafePointer<xmlChar>?) -> Int32 {
        guard let uri else { return 0 }
        if let known = namespaceByPointer[uri] { return known }
        let text = String(cString: uri)
        let index = namespaceByText[text] ?? Int32(namespaces.count)
        if index == namespaces.count { namespaces.append(text) }
        namespaceByText[text] = index
        namespaceByPointer[uri] = index
        return index
    }
}
