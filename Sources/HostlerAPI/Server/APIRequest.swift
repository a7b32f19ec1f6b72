/// A request as a transport hands it over, not yet decoded.
package struct APIRequest: Sendable {
    /// Who is at the other end, as far as the transport can tell.
    package enum Origin: Equatable, Sendable {
        /// A process of this host at the local socket, as the kernel names it (unix(7), `SO_PEERCRED`), or this process
        /// itself.
        case local(uid: UInt32, gid: UInt32, pid: Int32)
        /// The address of a client that has to prove who it is.
        case remote(address: String)
    }

    package var method: String
    /// Without the query.
    package var path: String
    /// What follows the question mark, still encoded.
    package var query: String?
    package var body: [UInt8]
    package var contentType: String?
    package var origin: Origin

    package init(
        method: String = "GET",
        path: String = APIServer.path,
        query: String? = nil,
        body: [UInt8] = [],
        contentType: String? = nil,
        origin: Origin
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.contentType = contentType
        self.origin = origin
    }
}

/// The answer to a request.
package struct APIResponse: Equatable, Sendable {
    /// The status of HTTP, beyond 430 CloudStack's own.
    package var status: Int
    package var contentType: String
    /// Further headers.
    package var headers: [Header]
    package var body: [UInt8]

    package struct Header: Equatable, Sendable {
        package let name: String
        /// Printable ASCII.
        package let value: String
    }
}
