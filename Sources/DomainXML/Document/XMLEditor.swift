/// Collects splices into a document and applies them in one pass.
///
/// White space is handled so that a change and its undo meet: what goes in brings its own line break and indentation in
/// front, and what is taken out takes the same with it.
struct XMLEditor {
    private struct Splice {
        let range: Range<Int>
        let replacement: String
    }

    let document: XMLDocument
    private var splices: [Splice] = []
    /// How many bytes of an element's content have been taken out.
    private var removed: [Int32: Int] = [:]
    private var removedElements: Set<Int32> = []

    init(_ document: XMLDocument) { self.document = document }

    var hasChanges: Bool { !splices.isEmpty }

    // MARK: Attributes

    mutating func setAttribute(_ name: String, to value: String, in element: XMLElement) {
        if let range = element.attributeRange(name) {
            let quote: Character = document.bytes[range.lowerBound - 1] == UInt8(ascii: "'") ? "'" : "\""
            let escaped = XMLText.escapeAttribute(value, quote: quote)
            if escaped.utf8.elementsEqual(document.bytes[range]) { return }
            replace(range, with: escaped)
        } else {
            let position =
                element.attributes.last.map { $0.value.upperBound + 1 }
                ?? Int(element.node.nameStart + element.node.nameLength)
            insert(" \(name)=\(quote)\(XMLText.escapeAttribute(value, quote: quote))\(quote)", at: position)
        }
    }

    /// Takes an attribute out, with the white space in front of it.
    mutating func removeAttribute(_ name: String, in element: XMLElement) {
        guard let attribute = element.attributes.first(where: { name.utf8.elementsEqual(document.bytes[$0.name]) })
        else {
            return
        }
        var start = attribute.name.lowerBound
        while start > 0, document.bytes[start - 1].isXMLSpace { start -= 1 }
        replace(start..<attribute.value.upperBound + 1, with: "")
    }

    // MARK: Elements

    mutating func insert(_ fragment: XMLFragment, after sibling: XMLElement) {
        let indentation = self.indentation(of: sibling)
        insert((indentation ?? "") + render(fragment, indentation), at: sibling.end)
    }

    mutating func insert(_ fragment: XMLFragment, before sibling: XMLElement) {
        let indentation = self.indentation(of: sibling)
        let position = sibling.start - (indentation?.utf8.count ?? 0)
        insert((indentation ?? "") + render(fragment, indentation), at: position)
    }

    /// Adds `fragments` behind the last child of `parent`.
    mutating func append(_ fragments: [XMLFragment], to parent: XMLElement) {
        if fragments.isEmpty { return }
        if let last = Array(parent.children).last {
            for fragment in fragments { insert(fragment, after: last) }
            return
        }
        if parent.isSelfClosing {
            let inner = fragments.map { render($0, nil) }.joined()
            let slash = document.bytes[..<(parent.tagEnd - 1)].lastIndex(of: UInt8(ascii: "/")) ?? parent.tagEnd - 2
            replace(slash..<parent.tagEnd, with: ">" + inner + "</\(parent.prefix)\(parent.name)>")
            return
        }
        prepend(fragments, to: parent)
    }

    /// Adds `fragments` in front of the first child of `parent`, which does not close itself.
    mutating func prepend(_ fragments: [XMLFragment], to parent: XMLElement) {
        let indentation: String?
        if let first = Array(parent.children.prefix(1)).first {
            indentation = self.indentation(of: first)
        } else {
            let hasBreak = document.bytes[parent.tagEnd..<parent.closeStart].contains(UInt8(ascii: "\n"))
            indentation = hasBreak ? (self.indentation(of: parent) ?? "\n") + step : nil
        }
        let text = fragments.map { (indentation ?? "") + render($0, indentation) }.joined()
        insert(text, at: parent.tagEnd)
    }

    /// Puts `fragment` in the place of `element`.
    mutating func replace(_ element: XMLElement, with fragment: XMLFragment) {
        replace(element.start..<element.end, with: render(fragment, indentation(of: element)))
    }

    /// Puts `text`, a whole element as it once stood in a document, in the place of `element`.
    mutating func replace(_ element: XMLElement, withElement text: String) {
        replace(element.start..<element.end, with: text)
    }

    /// Takes `element` out, with the line break and indentation in front of it. A parent that has nothing else closes
    /// itself again.
    mutating func remove(_ element: XMLElement) {
        // Whoever asks twice means it once: counted twice, the parent would seem to have lost all it had.
        guard removedElements.insert(element.index).inserted else { return }
        let range = removalRange(of: element)
        replace(range, with: "")
        if let parent = element.parent { removed[parent.index, default: 0] += range.count }
    }

    /// What closes the parents that have lost all they had.
    private var collapses: [Splice] {
        removed.flatMap { index, count -> [Splice] in
            let parent = XMLElement(document: document, index: index)
            let content = parent.tagEnd...parent.closeStart
            let isRefilled = splices.contains { !$0.replacement.isEmpty && content.contains($0.range.lowerBound) }
            if count < parent.closeStart - parent.tagEnd || isRefilled { return [] }
            return [
                Splice(range: parent.tagEnd - 1..<parent.tagEnd, replacement: "/>"),
                Splice(range: parent.closeStart..<parent.end, replacement: ""),
            ]
        }
    }

    /// Takes out everything between the tags of `element`, which then closes itself.
    mutating func removeContent(of element: XMLElement) {
        if element.isSelfClosing { return }
        replace(element.tagEnd..<element.closeStart, with: "")
        removed[element.index, default: 0] += element.closeStart - element.tagEnd
    }

    func removalRange(of element: XMLElement) -> Range<Int> {
        element.start - (indentation(of: element)?.utf8.count ?? 0)..<element.end
    }

    // MARK: Text

    /// Replaces everything between the tags of `element`.
    mutating func setText(_ text: String, of element: XMLElement) {
        if String.isSame(element.text, text) { return }
        if element.isSelfClosing {
            let slash = element.tagEnd - 2
            replace(slash..<element.tagEnd, with: ">\(XMLText.escapeText(text))</\(element.prefix)\(element.name)>")
        } else {
            replace(element.tagEnd..<element.closeStart, with: XMLText.escapeText(text))
        }
    }

    mutating func insert(_ text: String, at position: Int) {
        replace(position..<position, with: text)
    }

    private mutating func replace(_ range: Range<Int>, with text: String) {
        splices.append(Splice(range: range, replacement: text))
    }

    // MARK: Layout

    /// The line break and blanks in front of `element`; `nil` where it does not begin its line.
    func indentation(of element: XMLElement) -> String? {
        var position = element.start
        while position > 0, document.bytes[position - 1].isXMLSpace {
            position -= 1
            if document.bytes[position] == UInt8(ascii: "\n") {
                if position > 0, document.bytes[position - 1] == UInt8(ascii: "\r") { position -= 1 }
                return String(decoding: document.bytes[position..<element.start], as: UTF8.self)
            }
        }
        return nil
    }

    /// What one level of nesting adds, seen from the children of the root; libvirt's two blanks where there is nothing
    /// to see.
    var step: String {
        let root = document.root
        guard let first = Array(root.children.prefix(1)).first, let inner = indentation(of: first) else { return "  " }
        let outer = (indentation(of: root) ?? "\n").drop { $0.isNewline }
        let added = inner.drop { $0.isNewline }.dropFirst(outer.count)
        return added.isEmpty ? "  " : String(added)
    }

    private var quote: Character { Character(Unicode.Scalar(document.quote)) }

    /// - Parameter quote: around attributes; by default the document's own.
    func render(_ fragment: XMLFragment, _ indentation: String?, quote: Character? = nil) -> String {
        fragment.render(quote: quote ?? self.quote, indentation: indentation, step: step)
    }

    /// The document with all splices in place. Splices at one position keep the order in which they were asked for.
    func apply() -> [UInt8] {
        if splices.isEmpty { return document.bytes }
        let ordered = (splices + collapses).enumerated().sorted {
            ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset)
        }
        var result: [UInt8] = []
        result.reserveCapacity(document.bytes.count + splices.reduce(0) { $0 + $1.replacement.utf8.count })
        var position = 0
        for (_, splice) in ordered {
            result.append(contentsOf: document.bytes[position..<max(position, splice.range.lowerBound)])
            result.append(contentsOf: splice.replacement.utf8)
            position = max(position, splice.range.upperBound)
        }
        result.append(contentsOf: document.bytes[position...])
        return result
    }
}
