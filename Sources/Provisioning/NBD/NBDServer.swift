/// What is known of one guest's NBD server.
package struct NBDServer: Equatable, Sendable {
    /// The guest's.
    package let uuid: String
    /// Of the unix socket.
    package let socket: String
    /// In quotes, without its query, which may be a token; `nil` where nothing can be known of it.
    package let url: String?
    /// `nil` where it does not run.
    package let pid: Int32?

    package var isAlive: Bool { pid != nil }
}
