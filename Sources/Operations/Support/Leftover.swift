/// Something that nobody needs any more.
package struct Leftover: Sendable {
    package struct Report: Encodable, Sendable {
        package let what: String
        package let reason: String
    }

    package let report: Report
    /// Removes it, unless somebody has wanted it since it was found.
    package let remove: @Sendable () throws -> Void

    init(_ what: String, _ reason: String, remove: @escaping @Sendable () throws -> Void) {
        report = Report(what: what, reason: reason)
        self.remove = remove
    }
}
