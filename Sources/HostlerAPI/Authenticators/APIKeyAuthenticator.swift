/// Callers with a key pair, who sign each request (CloudStack's `apiKey` and `signature`).
package struct APIKeyAuthenticator: Authenticator {
    private let keys: APIKeys
    private let requiresExpiry: Bool
    private let clock: APIClock

    /// - Parameter requiresExpiry: whether requests that are good for ever are refused.
    package init(_ keys: APIKeys, requiresExpiry: Bool = false, clock: APIClock = .system) {
        self.keys = keys
        self.requiresExpiry = requiresExpiry
        self.clock = clock
    }

    package func authenticate(_ request: AuthenticationRequest) async throws -> AuthenticationOutcome {
        let parameters = request.parameters
        let (apiKey, signature) = (parameters["apiKey"], parameters["signature"])
        if apiKey == nil && signature == nil { return .notMine }
        guard let apiKey, let signature else {
            return .refused("the request has \(apiKey == nil ? "no apiKey" : "no signature")")
        }
        // At once where there is no such key, which nobody finds by guessing: a stranger's large request is not worth hashing.
        guard let record = try await keys.record(apiKey), !record.isDisabled,
            RequestSignature.isValid(signature, of: parameters.all, secretKey: record.secretKey)
        else { return .refused("the key pair or the signature is wrong") }
        // Only who can sign is told what else is wrong.
        let expires: Int?
        switch expiry(parameters) {
        case .success(let moment): expires = moment
        case .failure(let reason): return .refused(reason.text)
        }
        try await keys.touch(record)
        let caller = Caller(id: record.id, name: record.name, kind: .apiKey)
        let proof = RequestProof(apiKey: record.apiKey, signature: signature, expires: expires)
        return .caller(caller, proof)
    }

    private struct Reason: Error { let text: String }

    /// `expires` counts where `signatureVersion` is 3, as in CloudStack.
    private func expiry(_ parameters: RequestParameters) -> Result<Int?, Reason> {
        guard parameters["signatureVersion"] == "3" else {
            if !requiresExpiry { return .success(nil) }
            return .failure(Reason(text: "the request does not expire; send signatureVersion=3 and expires"))
        }
        guard let given = parameters["expires"] else {
            return .failure(Reason(text: "signatureVersion=3 needs expires"))
        }
        guard let expires = APIDate.moment(given) else {
            let shown = APIError.shown(given)
            return .failure(Reason(text: "expires '\(shown)' is not a moment such as 2026-11-20T21:54:42+0000"))
        }
        let now = clock.now()
        if expires < now {
            let times = "the request expired at \(APIDate.text(expires)), and here it is \(APIDate.text(now))"
            return .failure(Reason(text: times))
        }
        return .success(expires)
    }
}
