/// Who asks.
package struct Caller: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable {
        /// Somebody on this host, by the kernel's word.
        case local
        /// Somebody with a key pair.
        case apiKey
    }

    /// CloudStack's user id, a UUID.
    package var id: String
    package var name: String
    /// Hostler has one account, whose every user may do everything.
    package var account: String
    package var kind: Kind

    package init(id: String, name: String, account: String = Caller.account, kind: Kind) {
        self.id = id
        self.name = name
        self.account = account
        self.kind = kind
    }

    /// CloudStack's root administrator and the domain that it is in.
    package static let account = "admin"
    package static let accountID = "00000000-0000-4000-8000-000000000002"
    package static let domain = "ROOT"
    package static let domainID = "00000000-0000-4000-8000-000000000001"
}

/// What proves that a request is its caller's, so that it can be taken once only.
package struct RequestProof: Equatable, Sendable {
    package let apiKey: String
    package let signature: String
    /// Milliseconds since 1970 UTC; `nil` where the request is good for ever.
    package let expires: Int?
}

/// What an authenticator makes of a request.
package enum AuthenticationOutcome: Sendable {
    case caller(Caller, RequestProof? = nil)
    /// It is for this authenticator, and wrong. The reason is for people and says nothing that an attacker could use.
    case refused(String)
    /// It is for another one.
    case notMine
}

/// A request as authenticators see it.
package struct AuthenticationRequest: Sendable {
    package let origin: APIRequest.Origin
    let parameters: RequestParameters
}

/// A way to tell who asks. Of several in a list, the first that takes a request decides.
package protocol Authenticator: Sendable {
    /// - Throws: where it cannot tell, such as for a state that cannot be read.
    func authenticate(_ request: AuthenticationRequest) async throws -> AuthenticationOutcome
}
