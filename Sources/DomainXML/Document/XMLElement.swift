/// One element of a document: a borrowed view that keeps the document alive.
///
/// Names without a namespace are libvirt's; every look-up here means those, unless it says otherwise.
package struct XMLElement: Sendable, Equatable {
    let document: XMLDocument
    let index: Int32

    package static func == (left: XMLElement, right: XMLElement) -> Bool {
        left.index == right.index && left.document === right.document
    }

    var node: XMLDocument.Node { document.nodes[Int(index)] }

    var start: Int { Int(node.start) }
    var end: Int { Int(node.end) }
    var tagEnd: Int { Int(node.tagEnd) }
    var closeStart: Int { Int(node.closeStart) }
    var isSelfClosing: Bool { node.closeStart == node.end }

    package var namespace: String { document.namespaces[Int(node.namespace)] }

    /// The local name.
    package var name: String {
        let begin = Int(node.nameStart)
        return String(decoding: document.bytes[begin..<begin + Int(node.nameLength)], as: UTF8.self)
    }

    /// The prefix with its colon, or nothing.
    var prefix: String {
        String(decoding: document.bytes[start + 1..<Int(node.nameStart)], as: UTF8.self)
    }

    /// Whether this is libvirt's element of that name: right local name, no namespace.
    func isNamed(_ name: StaticString) -> Bool {
        node.namespace == 0 && hasLocalName(name)
    }

    private func hasLocalName(_ name: StaticString) -> Bool {
        let begin = Int(node.nameStart)
        let length = Int(node.nameLength)
        guard length == name.utf8CodeUnitCount else { return false }
        return document.bytes.withUnsafeBufferPointer { bytes in
            name.withUTF8Buffer { $0.elementsEqual(bytes[begin..<begin + length]) }
        }
    }

    // MARK: Children

    var parent: XMLElement? {
        node.parent < 0 ? nil : XMLElement(document: document, index: node.parent)
    }

    package var children: Children { Children(document: document, upcoming: node.firstChild) }

    package struct Children: Sequence, IteratorProtocol {
        let document: XMLDocument
        var upcoming: Int32

        package mutating func next() -> XMLElement? {
            guard upcoming >= 0 else { return nil }
            let element = XMLElement(document: document, index: upcoming)
            upcoming = element.node.nextSibling
            return element
        }
    }

    func child(_ name: StaticString) -> XMLElement? {
        for element in children where element.isNamed(name) { return element }
        return nil
    }

    func children(_ name: StaticString) -> [XMLElement] {
        children.filter { $0.isNamed(name) }
    }

    // MARK: Attributes

    struct Attribute {
        let name: Range<Int>
        /// The value's bytes between the quotes.
        let value: Range<Int>
    }

    /// The attributes as they stand in the text. The parser has proved the tag well-formed, so that scanning for names
    /// and quotes is enough.
    var attributes: [Attribute] {
        var found: [Attribute] = []
        let bytes = document.bytes
        var position = Int(node.nameStart + node.nameLength)
        let limit = tagEnd - 1
        while position < limit {
            guard
                let nameStart = bytes[position..<limit].firstIndex(where: { !$0.isXMLSpace && $0 != UInt8(ascii: "/") }
                ),
                let equals = bytes[nameStart..<limit].firstIndex(of: UInt8(ascii: "=")),
                let open = bytes[equals..<limit].firstIndex(where: {
                    $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: "\"")
                }),
                let close = bytes[(open + 1)...limit].firstIndex(of: bytes[open])
            else { break }
            let nameEnd = bytes[nameStart..<equals].firstIndex(where: \.isXMLSpace) ?? equals
            found.append(Attribute(name: nameStart..<nameEnd, value: open + 1..<close))
            position = close + 1
        }
        return found
    }

    func attributeRange(_ name: String) -> Range<Int>? {
        attributes.first { name.utf8.elementsEqual(document.bytes[$0.name]) }?.value
    }

    /// The attribute's value with references resolved and white space normalised, as XML 1.0 §3.3.3 has it.
    package func attribute(_ name: String) -> String? {
        attributeRange(name).map { XMLText.decode(document.bytes[$0], isAttribute: true) }
    }

    /// The value of an attribute of a child, libvirt's `./child/@attribute`.
    func attribute(_ name: String, of child: StaticString) -> String? {
        self.child(child)?.attribute(name)
    }

    /// The quote around the first attribute.
    var quote: Character? {
        attributes.first.map { document.bytes[$0.value.lowerBound - 1] == UInt8(ascii: "'") ? "'" : "\"" }
    }

    /// An attribute that libvirt reads as an unsigned number (`virXMLPropUInt` with base 10); `nil` where it is absent.
    ///
    /// - Throws: `unusableDomain` for what libvirt refuses as well.
    func number(_ name: String) throws(DomainXMLError) -> Int? {
        guard let text = attribute(name) else { return nil }
        // strtoul skips blanks and takes a plus sign.
        guard let number = UInt32(text.drop { $0 == " " }) else {
            throw DomainXMLError(
                .unusableDomain,
                "\(name)='\(Property.printable(text))' of <\(self.name)> (\(place)) is not a number from 0 to \(UInt32.max)"
            )
        }
        return Int(number)
    }

    // MARK: Text

    /// All text inside, references resolved, CDATA as it is, comments and processing instructions left out.
    package var text: String {
        if isSelfClosing { return "" }
        return XMLText.content(document.bytes[tagEnd..<closeStart])
    }

    /// How a person finds the element: `<name>` and its line.
    package var place: String {
        let line = document.bytes[..<start].reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
        return "line \(line)"
    }
}

extension UInt8 {
    /// XML's white space: space, tab, carriage return, line feed.
    var isXMLSpace: Bool { self == 0x20 || self == 0x0A || self == 0x09 || self == 0x0D }
}
