/// The part of a list that a caller asks for, by CloudStack's rules: `page` and `pagesize` together or neither.
package struct Page: Equatable, Sendable {
    /// How many elements come before it.
    package let offset: Int
    /// `nil`: all that follow.
    package let limit: Int?
    /// What an element has to have in its name, without regard to case.
    package let keyword: String?

    /// What every list command takes. Hostler has one account, which owns everything, so the parameters that narrow or
    /// widen a list to owners change nothing.
    package static let parameters = [
        APIParameter("page", .integer, "which page, from 1; needs pagesize"),
        APIParameter("pagesize", .integer, "how many per page, up to the setting page.size; needs page"),
        APIParameter("keyword", .string, "only those with this in their name"),
        APIParameter("listall", .boolean, "taken and of no effect: every caller sees everything"),
        APIParameter("isrecursive", .boolean, "taken and of no effect: there is one domain"),
        APIParameter("domainid", .uuid, "taken and of no effect: there is one domain"),
        APIParameter("account", .string, "taken and of no effect: there is one account"),
        APIParameter("projectid", .uuid, "there are no projects: the list is empty with it"),
    ]

    /// - Parameter largest: what a page has at most and a list without pages too; -1 for no bound.
    /// - Throws: ``APIError`` with 431.
    package init(_ parameters: APIParameters, largest: Int) throws(APIError) {
        let keyword = parameters.text("keyword")
        self.keyword = keyword?.isEmpty == true ? nil : keyword
        let page = parameters.int("page")
        let size = parameters.int("pagesize")
        if size == -1 && page == nil {
            if largest != -1 {
                throw .parameter("pagesize '-1' is allowed only where the setting page.size is -1; it is \(largest)")
            }
            (offset, limit) = (0, nil)
            return
        }
        guard let page else {
            if size != nil { throw .parameter("pagesize is given without page; give both or neither") }
            (offset, limit) = (0, largest == -1 ? nil : largest)
            return
        }
        guard let size else { throw .parameter("page is given without pagesize; give both or neither") }
        if size < 1 { throw .parameter("pagesize '\(size)' is not a number of elements from 1 on") }
        if page < 1 { throw .parameter("page '\(page)' is not the number of a page; the first is 1") }
        if largest != -1 && size > largest {
            throw .parameter("pagesize '\(size)' is more than \(largest), which the setting page.size allows")
        }
        let (offset, isTooFar) = (page - 1).multipliedReportingOverflow(by: size)
        (self.offset, limit) = (isTooFar ? .max : offset, size)
    }

    /// The elements of this page, and how many there are on all pages.
    package func cut<Element>(_ all: [Element]) -> (items: ArraySlice<Element>, total: Int) {
        let rest = all.dropFirst(offset)
        return (limit.map { rest.prefix($0) } ?? rest, all.count)
    }

    /// Whether one of the texts has the keyword; always where there is none.
    package func matches(_ texts: String?...) -> Bool {
        guard let keyword = keyword?.lowercased() else { return true }
        return texts.contains { $0?.lowercased().contains(keyword) == true }
    }
}

extension APICall {
    /// A page of `all`, in the form of the answer.
    func list<Element>(
        key: String,
        _ all: [Element],
        names: (Element) -> [String?],
        _ object: (Element) -> APIObject
    ) throws -> APIResult {
        let page = try Page(parameters, largest: context.settings.defaultPageSize)
        if parameters.text("projectid") != nil { return .list(key: key, items: [], total: 0) }
        let found = all.filter { element in page.keyword == nil || names(element).contains { page.matches($0) } }
        let (items, total) = page.cut(found)
        return .list(key: key, items: items.map(object), total: total)
    }
}
