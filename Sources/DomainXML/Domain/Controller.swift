/// `<controller>`.
struct Controller: Sendable {
    let element: XMLElement
    let type: String
    let index: Int?
    let model: String?
    let alias: String?

    init(_ element: XMLElement) throws(DomainXMLError) {
        self.element = element
        type = element.attribute("type") ?? ""
        index = try element.number("index")
        model = element.attribute("model")
        alias = element.attribute("name", of: "alias")
    }
}
