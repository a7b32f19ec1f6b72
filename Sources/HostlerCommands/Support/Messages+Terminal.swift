internal import LibvirtClient
internal import Operations

extension Messages {
    /// What is done goes to stdout, the rest to stderr.
    static let terminal = Messages(
        say: { try Terminal.say($0) },
        warn: { Terminal.warn($0) },
        note: { Terminal.complain("note: \($0)") }
    )
}

extension Guest {
    /// - Throws: a failure where there is no such guest.
    init(_ key: String, _ connection: Connection) throws { try self.init(key, connection, .terminal) }
}
