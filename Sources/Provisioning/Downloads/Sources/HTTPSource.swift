internal import CLibcurl

/// Reads over HTTP and HTTPS.
///
/// Redirects are followed here and not by libcurl, so that each one is checked: where it leads, and what it may see.
struct HTTPSource: ByteSource {
    static let schemes = ["http", "https"]

    static func reads(_ url: String) -> Bool { schemes.contains(url.prefix { $0 != ":" }.lowercased()) }

    /// Of any URL; of those that are read here, as libcurl understands them.
    ///
    /// - Throws: `badInput` for what is no URL of ours.
    static func origin(of url: String) throws(DownloadError) -> URLOrigin? {
        reads(url) ? try HTTPAddress(url).origin : URLOrigin(url)
    }

    let settings: DownloadSettings
    let policy: AddressPolicy
    let headers: [HTTPHeader]
    var engine = TransferEngine.shared

    func read(_ request: ByteRequest, into receiver: any ByteReceiver) async throws(DownloadError) {
        let answer = AnswerReceiver(request, receiver)
        let result = try await follow(request.url) { address, isOrigin throws(DownloadError) in
            let exchange = try exchange(
                address,
                isOrigin: isOrigin,
                handlers: answer.handlers,
                extra: conditions(request)
            )
            if request.offset > 0 || request.end != nil {
                try exchange.set(CURLOPT_RANGE, "\(request.offset)-" + (request.end.map { "\($0 - 1)" } ?? ""))
            }
            return (exchange, { answer.result })
        } cut: {
            answer.cut
        }
        switch result {
        case .bytes:
            try answer.checkLength()
        case .outside(let total) where total == request.offset && request.end == nil:
            let head = ContentHead(
                size: total,
                offset: request.offset,
                validator: request.validator,
                servesRanges: true
            )
            try receiver.begin(head)
        case .outside where request.end == nil && request.offset > 0:
            // It is shorter now than what we have of it.
            try await read(ByteRequest(url: request.url), into: receiver)
        case .outside:
            throw DownloadError(
                .changed,
                "the file behind \(DisplayURL(request.url).text) is shorter now than it was; ask for it again",
                isTemporary: true
            )
        case .redirect, .status:
            throw statusError(result, request.url)
        }
    }

    func head(_ url: String) async throws(DownloadError) -> ContentHead {
        // Servers that sign URLs for GET alone answer HEAD with whatever status they like, and some without a length.
        if let head = try? await ask(url, body: false), head.size ?? 0 > 0 { return head }
        if Task.isCancelled { throw .wasCancelled }
        return try await ask(url, body: true)
    }

    private func ask(_ url: String, body: Bool) async throws(DownloadError) -> ContentHead {
        let note = HeadNote()
        let answer = AnswerReceiver(ByteRequest(url: url), note)
        let result = try await follow(url) { address, isOrigin throws(DownloadError) in
            let exchange = try exchange(
                address,
                isOrigin: isOrigin,
                handlers: HTTPExchange.Handlers(
                    head: { part throws(DownloadError) in try answer.handlers.head(part) },
                    // One byte at most was asked for; a server that sends all is not listened to.
                    body: { _ in false }
                ),
                extra: []
            )
            if body { try exchange.set(CURLOPT_RANGE, "0-0") } else { try exchange.set(CURLOPT_NOBODY, 1) }
            return (exchange, { answer.result })
        } cut: {
            answer.cut
        }
        switch result {
        case .bytes:
            if let head = note.head { return head }
            throw DownloadError(
                .noConnection,
                "the server of \(DisplayURL(url).text) gives no answer",
                isTemporary: true
            )
        case .outside(let total):
            // The first byte is not there: the file is empty.
            return ContentHead(size: total ?? 0, offset: 0, validator: nil, servesRanges: true)
        case .redirect, .status:
            throw statusError(result, url)
        }
    }

    /// Goes from redirect to redirect until there is another answer.
    private func follow(
        _ url: String,
        _ make: (HTTPAddress, Bool) throws(DownloadError) -> (HTTPExchange, () -> AnswerReceiver.Result?),
        cut: () -> DownloadError
    ) async throws(DownloadError) -> AnswerReceiver.Result {
        let first = try HTTPAddress(url)
        var address = first
        var seen: Set<String> = []
        for _ in 0...max(0, settings.redirects) {
            if !seen.insert(address.url).inserted {
                throw DownloadError(
                    .redirect,
                    "\(DisplayURL(url).text) redirects in circles; name the URL of the file itself"
                )
            }
            try policy.check(host: address.origin.host)
            let (exchange, result) = try make(address, address.origin == first.origin)
            if address.origin == first.origin {
                if let user = first.user { try exchange.set(CURLOPT_USERNAME, user) }
                if let password = first.password { try exchange.set(CURLOPT_PASSWORD, password) }
            }
            let outcome = await engine.run(exchange)
            switch (outcome, result()) {
            case (.cancelled, _):
                throw .wasCancelled
            case (.refused(let error), _):
                throw error
            case (_, .redirect(let location)?):
                address = try address.following(location)
            case (.complete, let result?), (.enough, let result?):
                return result
            case (_, .status(let status, let retryAfter)?):
                return .status(status, retryAfter: retryAfter)
            case (_, .outside(let total)?):
                return .outside(total: total)
            case (.silent(let isConnected), _):
                throw HTTPComplaint(address: address, settings: settings).silence(isConnected: isConnected)
            case (.failed(let failure), .bytes?) where failure.code != CURLE_OK:
                throw cut()
            case (.failed(let failure), _):
                throw await complain(failure, address)
            case (.complete, nil), (.enough, nil):
                throw DownloadError(
                    .noConnection,
                    "\(DisplayURL(address.url).authority) does not speak HTTP for \(DisplayURL(address.url).text); "
                        + "check the port",
                    isTemporary: true
                )
            }
        }
        throw DownloadError(
            .redirect,
            "\(DisplayURL(url).text) redirects more than \(settings.redirects) times; name the URL of the file itself"
        )
    }

    private func conditions(_ request: ByteRequest) -> [String] {
        switch request.validator {
        case .entityTag(let tag)? where tag.hasPrefix("\""): ["If-Range: \(tag)"]
        case .modified(let date)?: ["If-Range: \(date)"]
        default: []
        }
    }

    private func exchange(
        _ address: HTTPAddress,
        isOrigin: Bool,
        handlers: HTTPExchange.Handlers,
        extra: [String]
    ) throws(DownloadError) -> HTTPExchange {
        let exchange = try bareExchange(address, handlers: handlers)
        try exchange.set(CURLOPT_SSL_VERIFYPEER, 1)
        try exchange.set(CURLOPT_SSL_VERIFYHOST, 2)
        if let folder = settings.trustFolder { try exchange.set(CURLOPT_CAPATH, folder) }
        if let file = settings.caFile { try exchange.set(CURLOPT_CAINFO, file) }
        if let bundle = TrustedAuthorities.bundle(settings) { try exchange.set(CURLOPT_CAINFO_BLOB, bundle) }
        try exchange.set(CURLOPT_USERAGENT, settings.userAgent)
        // `Name;` is how libcurl wants a header without a value.
        let own = isOrigin ? headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" } : []
        let isSet = headers.contains { $0.name.lowercased() == "accept-encoding" } && isOrigin
        try exchange.setHeaders(own + extra + (isSet ? [] : ["Accept-Encoding: identity"]))
        return exchange
    }

    /// With no more than what a connection needs.
    private func bareExchange(
        _ address: HTTPAddress,
        handlers: HTTPExchange.Handlers
    ) throws(DownloadError) -> HTTPExchange {
        let proxy = ProxyChoice.proxy(for: address.origin, setting: settings.proxy)
        let exchange = try HTTPExchange(
            address,
            policy: proxy.isEmpty ? policy : nil,
            idleTimeout: settings.idleTimeout,
            handlers: handlers
        )
        try exchange.set(CURLOPT_PROXY, proxy)
        // The choice is made; libcurl would look into the environment again.
        try exchange.set(CURLOPT_NOPROXY, "")
        try exchange.set(CURLOPT_CONNECTTIMEOUT, settings.connectTimeout)
        return exchange
    }

    private func complain(_ failure: CurlFailure, _ address: HTTPAddress) async -> DownloadError {
        let complaint = HTTPComplaint(address: address, settings: settings)
        if failure.code != CURLE_PEER_FAILED_VERIFICATION { return complaint.error(failure, chain: []) }
        return complaint.error(failure, chain: await shownChain(address))
    }

    /// Looks at the server's certificates without trusting them; nothing is asked for, so the URL does not leave us.
    private func shownChain(_ address: HTTPAddress) async -> [[String]] {
        do throws(DownloadError) {
            let exchange = try bareExchange(
                address,
                handlers: HTTPExchange.Handlers(head: { _ in }, body: { _ in false })
            )
            try exchange.set(CURLOPT_SSL_VERIFYPEER, 0)
            try exchange.set(CURLOPT_SSL_VERIFYHOST, 0)
            try exchange.set(CURLOPT_CERTINFO, 1)
            try exchange.set(CURLOPT_CONNECT_ONLY, 1)
            if case .complete = await engine.run(exchange) { return exchange.certificates }
            return []
        } catch {
            // The sentence then says less; the failure that counts is the first one.
            return []
        }
    }

    private func statusError(_ result: AnswerReceiver.Result, _ url: String) -> DownloadError {
        guard case .status(let status, let retryAfter) = result else {
            return DownloadError(
                .redirect,
                "\(DisplayURL(url).text) redirects to nowhere; name the URL of the file itself"
            )
        }
        return HTTPComplaint.status(status, retryAfter: retryAfter, DisplayURL(url))
    }
}
