/// An element to be written: what a transform adds to a domain.
struct XMLFragment {
    var name: String
    var attributes: [(name: String, value: String)]
    var children: [XMLFragment]
    var text: String?

    init(
        _ name: String,
        _ attributes: KeyValuePairs<String, String?> = [:],
        text: String? = nil,
        children: [XMLFragment] = []
    ) {
        self.name = name
        self.attributes = attributes.compactMap { pair in pair.value.map { (pair.key, $0) } }
        self.text = text
        self.children = children
    }

    /// Writes the element.
    ///
    /// - Parameters:
    ///   - indentation: line break and blanks before the element's own lines; `nil` writes it on one line.
    ///   - step: what each level adds to `indentation`.
    func render(quote: Character, indentation: String?, step: String) -> String {
        var result = "<\(name)"
        for (name, value) in attributes {
            result += " \(name)=\(quote)\(XMLText.escapeAttribute(value, quote: quote))\(quote)"
        }
        if children.isEmpty && text == nil { return result + "/>" }
        result += ">"
        if let text { result += XMLText.escapeText(text) }
        let inner = indentation.map { $0 + step }
        for child in children {
            result += inner ?? ""
            result += child.render(quote: quote, indentation: inner, step: step)
        }
        if !children.isEmpty { result += indentation ?? "" }
        return result + "</\(name)>"
    }
}
