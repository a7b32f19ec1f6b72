/// CloudStack's query API: takes requests as a transport has read them, and gives what it is to write.
package struct APIServer: Sendable {
    /// Where it is found, as in CloudStack.
    package static let path = "/client/api"

    private let context: APIContext
    private let authenticators: [any Authenticator]
    private let replays: ReplayGuard
    private let observer: @Sendable (APIObservation) -> Void

    /// - Parameters:
    ///   - authenticators: are asked in this order.
    ///   - observer: is told of each request when it is answered, for logs and metrics.
    package init(
        _ context: APIContext,
        authenticators: [any Authenticator],
        replays: ReplayGuard,
        observer: @escaping @Sendable (APIObservation) -> Void = { _ in }
    ) {
        self.context = context
        self.authenticators = authenticators
        self.replays = replays
        self.observer = observer
    }

    /// Answers a request, whatever it is.
    package func respond(to request: APIRequest) async -> APIResponse {
        var exchange = Exchange(isJSON: Self.asksForJSON(request))
        let begin = ContinuousClock.now
        let body: APIObject
        var status = 200
        do {
            body = try await result(of: request, &exchange).body
        } catch {
            let error = APIError(of: error)
            exchange.error = error
            status = error.code.rawValue
            body = error.body
        }
        observer(
            APIObservation(
                command: exchange.command?.name,
                change: exchange.command.flatMap { $0.changesState ? $0.eventType : nil },
                resource: exchange.resource,
                caller: exchange.caller,
                origin: request.origin,
                status: status,
                error: exchange.error?.text,
                duration: ContinuousClock.now - begin
            )
        )
        return response(exchange, status: status, body)
    }

    /// What is found out of a request on the way.
    private struct Exchange {
        var isJSON: Bool
        var command: (any APICommand)?
        var caller: Caller?
        var error: APIError?
        var resource: String?
    }

    private func result(of request: APIRequest, _ exchange: inout Exchange) async throws -> APIResult {
        guard request.path == Self.path || request.path == Self.path + "/" else {
            throw APIError(
                .notFound,
                "there is nothing at '\(APIError.shown(request.path))'; the API is at \(Self.path)"
            )
        }
        guard request.method == "GET" || request.method == "POST" else {
            throw APIError(
                .methodNotAllowed,
                "\(APIError.shown(request.method)) is not taken; use GET, or POST with a form"
            )
        }
        let given = try RequestParameters(request)
        exchange.isJSON = given["response"]?.lowercased() == "json"
        let name = given["command"]
        // Known before the caller is, since the answer to whoever is refused has the command's name as in CloudStack.
        exchange.command = name.flatMap { context.registry[$0] }
        let (caller, proof) = try await authenticate(request, given)
        exchange.caller = caller
        try given.checkCharacters()
        guard let name, !name.isEmpty else {
            throw APIError(.unsupported, "the request names no command; 'command=listApis' lists those there are")
        }
        guard let command = exchange.command else {
            let hint = context.registry.nearest(name).map { "did you mean \($0)" } ?? "listApis lists those there are"
            throw APIError(.unsupported, "there is no command '\(APIError.shown(name))'; \(hint)")
        }
        let job = command.isAsync ? try jobID(given) : nil
        let call = APICall(
            parameters: try APIParameters(given, declared: command.parameters, command: command.name),
            caller: caller,
            context: context,
            progress: { _ in }
        )
        exchange.resource = call.parameters.text("id")
        // A job that is there already is not made again, so that this is no replay.
        if let job, let found = try await context.jobs.existing(job, command, caller) { return .job(id: found) }
        if let proof, command.changesState, try await !replays.take(proof) {
            throw Self.unauthorized("the request was taken already; sign a new one")
        }
        guard command.isAsync else { return try await command.run(call) }
        return .job(id: try await context.jobs.submit(command, call, id: job))
    }

    private func authenticate(
        _ request: APIRequest,
        _ parameters: RequestParameters
    ) async throws -> (Caller, RequestProof?) {
        let request = AuthenticationRequest(origin: request.origin, parameters: parameters)
        for authenticator in authenticators {
            switch try await authenticator.authenticate(request) {
            case .caller(let caller, let proof): return (caller, proof)
            case .refused(let reason): throw Self.unauthorized(reason)
            case .notMine: continue
            }
        }
        throw Self.unauthorized("the request is not signed")
    }

    /// With CloudStack's words in front, by which its clients' users find what others did about it.
    private static func unauthorized(_ reason: String) -> APIError {
        APIError(.unauthorized, "unable to verify user credentials and/or request signature: \(reason)")
    }

    /// Every asynchronous command takes CloudStack's `injectedjobid`.
    private func jobID(_ given: RequestParameters) throws(APIError) -> String? {
        guard let id = given["injectedjobid"], !id.isEmpty else { return nil }
        guard let normalized = UUIDText.normalized(id) else {
            throw .parameter("injectedjobid '\(APIError.shown(id))' is not a UUID")
        }
        return normalized
    }

    // MARK: - Answers

    private func response(_ exchange: Exchange, status: Int, _ body: APIObject) -> APIResponse {
        // CloudStack answers so where there is no such command, and to whatever it calls unsupported.
        let isNamed = exchange.error?.code != .unsupported
        let name = (isNamed ? exchange.command?.responseName : nil) ?? "errorresponse"
        // Answers have passwords in them.
        var headers = [APIResponse.Header(name: "Cache-Control", value: "no-store")]
        if let error = exchange.error {
            headers.append(APIResponse.Header(name: "X-Description", value: Self.headerText(error.text)))
        }
        if status == APIError.Code.methodNotAllowed.rawValue {
            headers.append(APIResponse.Header(name: "Allow", value: "GET, POST"))
        }
        return APIResponse(
            status: status,
            contentType: exchange.isJSON ? "application/json; charset=UTF-8" : "text/xml; charset=UTF-8",
            headers: headers,
            body: exchange.isJSON
                ? JSONAnswer.encode(name, body)
                : XMLAnswer.encode(name, body, version: context.settings.cloudStackVersion)
        )
    }

    private static func headerText(_ text: String) -> String {
        String(text.unicodeScalars.prefix(500).map { (" "..."~").contains($0) ? Character($0) : "?" })
    }

    /// In which form the answer to a request that cannot be decoded is wanted, by its looks.
    private static func asksForJSON(_ request: APIRequest) -> Bool {
        let wanted = Array("response=json".utf8)
        func has(_ text: some Collection<UInt8>) -> Bool {
            text.split(separator: UInt8(ascii: "&")).contains { $0.elementsEqual(wanted) }
        }
        return has(Array((request.query ?? "").utf8)) || has(request.body.prefix(1 << 16))
    }
}

/// A request that was answered, with nothing in it that is secret.
package struct APIObservation: Sendable {
    /// `nil` where there is no such command.
    package let command: String?
    /// What the event log calls it where it changes something; `nil` otherwise.
    package let change: String?
    /// The id of what it is about, where it has named one.
    package let resource: String?
    /// `nil` where it was refused.
    package let caller: Caller?
    package let origin: APIRequest.Origin
    package let status: Int
    package let error: String?
    package let duration: Duration
}
