/// The networks that the operator of this host lets images come from although they are loopback, link-local or otherwise
/// special.
package enum AllowedCIDRs {
    /// One on each line; empty lines and lines that begin with `#` do not count.
    package static let path = "/etc/hostler/allowed_cidrs"

    /// - Throws: where the file exists but cannot be read.
    package static func ofThisHost(path: String = path) throws -> [String] {
        let text: String?
        do throws(SystemError) { text = try Files.text(path) } catch { throw OperationError(.badInput, error.message) }
        return (text ?? "").split(whereSeparator: \.isNewline).map { line in
            line.prefix { $0 != "#" }.filter { !$0.isWhitespace }
        }.filter { !$0.isEmpty }
    }
}
