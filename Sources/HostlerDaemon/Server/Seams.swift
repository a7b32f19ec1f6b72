/// A request as it came in, whole.
package struct ServerRequest: Sendable {
    /// Who is at the other end.
    package enum Peer: Sendable, Equatable {
        /// A process of this host, as the kernel says (unix(7), `SO_PEERCRED`).
        case local(uid: UInt32, gid: UInt32, pid: Int32)
        /// An address, which proves nothing.
        case remote(String)
    }

    package let method: String
    /// Without the query, as it was sent.
    package let path: String
    /// What follows the question mark, still encoded.
    package let query: String?
    package let contentType: String?
    package let body: [UInt8]
    package let peer: Peer
}

package struct ServerResponse: Sendable, Equatable {
    package let status: Int
    package var headers: [(name: String, value: String)]
    package let contentType: String
    package let body: [UInt8]

    package init(
        _ status: Int,
        contentType: String = "text/plain; charset=utf-8",
        headers: [(name: String, value: String)] = [],
        body: [UInt8]
    ) {
        self.status = status
        self.headers = headers
        self.contentType = contentType
        self.body = body
    }

    package init(_ status: Int, _ line: String) { self.init(status, body: Array((line + "\n").utf8)) }

    package static func == (left: ServerResponse, right: ServerResponse) -> Bool {
        left.status == right.status && left.contentType == right.contentType && left.body == right.body
            && left.headers.elementsEqual(right.headers) { $0 == $1 }
    }
}

/// What answers the requests of a listener.
package protocol ServerResponder: Sendable {
    func respond(to request: ServerRequest) async -> ServerResponse
}

/// What a listener lets in.
package struct ServerLimits: Sendable, Equatable {
    /// Bytes of a body.
    package var body: Int
    /// Connections at once; with one more, the one that has waited longest for its request is closed.
    package var connections: Int
    /// From the beginning of a connection, or the end of the last answer, to the end of a request.
    package var requestTime: Duration
    /// Bytes of all bodies that are held at once.
    package var bodies: Int { max(64 << 20, body * 8) }

    package init(body: Int = 1 << 20, connections: Int = 1024, requestTime: Duration = .seconds(30)) {
        self.body = body
        self.connections = connections
        self.requestTime = requestTime
    }
}
