internal import CLinux
internal import Glibc
internal import HTTPTypes
internal import HummingbirdCore
internal import HummingbirdTLS
package import Logging
internal import NIOCore
internal import NIOHTTPTypes
internal import NIOPosix
package import NIOSSL
internal import ServiceLifecycle

/// A place where the daemon listens, with its own limits, so that one never starves the other.
package struct Listener: Service {
    package enum Address: Sendable, Equatable {
        /// A unix socket: mode 0660, of `group` where there is one.
        case socket(path: String, group: UInt32?)
        case tls(host: String, port: Int)
    }

    let address: Address
    let limits: ServerLimits
    /// Is asked at each handshake, so that a new certificate needs no new listener.
    let tls: (@Sendable () -> NIOSSLContext)?
    let responder: any ServerResponder
    let logger: Logger
    private let budget: ByteBudget
    /// Is told the port once it listens; 0 for a unix socket.
    let isListening: @Sendable (Int) async -> Void

    package init(
        _ address: Address,
        limits: ServerLimits,
        tls: (@Sendable () -> NIOSSLContext)? = nil,
        responder: any ServerResponder,
        logger: Logger,
        isListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.address = address
        self.limits = limits
        self.tls = tls
        self.responder = responder
        budget = ByteBudget(limits.bodies)
        self.logger = logger
        self.isListening = isListening
    }

    package func run() async throws {
        let time = TimeAmount(limits.requestTime)
        let table = ConnectionTable(limit: limits.connections)
        let http1 = HTTP1Channel(
            responder: { request, writer, channel in try await respond(request, writer, channel) },
            configuration: .init(
                additionalChannelHandlers: [RequestDeadline(time, table)],
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 32 << 10,
                    maxHeaderListSize: 64 << 10,
                    maxHeaderFieldCount: 100
                )
            )
        )
        let http = HTTP10Channel(base: http1)
        switch address {
        case .socket(let path, let group):
            try SocketFile.clear(path)
            defer { unlink(path) }
            // The daemon's umask keeps others out until it has its group.
            try await serve(http, .unixDomainSocket(path: path)) { _ in
                if let group, chown(path, uid_t.max, group) != 0 {
                    logger.warning("cannot give \(path) to its group: \(String(cString: strerror(errno)))")
                } else if chmod(path, 0o660) != 0 {
                    logger.warning("cannot let others than root use \(path): \(String(cString: strerror(errno)))")
                }
                await isListening(0)
            }
        case .tls(let host, let port):
            guard let tls else { return }
            let channel = ReloadingTLSChannel(base: http, context: tls, handshakeTime: time)
            try await persistently(at: "\(host):\(port)") {
                try await serve(channel, .hostname(host, port: port)) { port in await isListening(port) }
            }
        }
    }

    /// An address may come up later than we do, and nothing else of the daemon needs it.
    private func persistently(at place: String, _ body: () async throws -> Void) async throws {
        var told: String?
        while !Task.isCancelled && !Task.isShuttingDownGracefully {
            do { return try await body() } catch {
                if error is CancellationError { throw error }
                let problem = "\(error)"
                if problem != told {
                    logger.error("the API cannot be served at \(place), it is tried again: \(problem)")
                }
                told = problem
            }
            // Where it is to stop meanwhile, that is no error.
            await cancelWhenGracefulShutdown { do { try await Task.sleep(for: .seconds(5)) } catch { return } }
        }
    }

    private func serve(
        _ setup: some ServerChildChannel,
        _ address: BindAddress,
        _ isRunning: @escaping @Sendable (Int) async -> Void
    ) async throws {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let server = Server(
            childChannelSetup: setup,
            configuration: ServerConfiguration(
                address: address,
                backlog: 4096
            ),
            onServerRunning: { await isRunning($0.localAddress?.port ?? 0) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: quiet
        )
        try await server.run()
    }

    // MARK: One request

    private func respond(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        let answer = await answer(request, channel)
        var headers = HTTPFields()
        headers[.contentType] = answer.contentType
        headers[.contentLength] = String(answer.body.count)
        for header in answer.headers {
            if let name = HTTPField.Name(header.name) { headers[name] = header.value }
        }
        let status = HTTPResponse.Status(code: answer.status)
        let body = request.method == .head ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
        try await writer.write(response: HTTPResponse(status: status, headerFields: headers), body: body)
    }

    private func answer(_ request: Request, _ channel: any Channel) async -> ServerResponse {
        let tooLarge = ServerResponse(413, "the body has more than \(limits.body) bytes")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limits.body { return tooLarge }
        var reservation = ByteBudget.Reservation(budget)
        defer { reservation.release() }
        var body = ByteBuffer()
        do {
            for try await var part in request.body {
                if body.readableBytes + part.readableBytes > limits.body { return tooLarge }
                guard reservation.take(part.readableBytes) else {
                    return ServerResponse(503, "too much is being sent at once; try again later")
                }
                body.writeBuffer(&part)
            }
        } catch {
            return ServerResponse(400, "the body broke off")
        }
        guard let peer = await peer(channel) else { return ServerResponse(500, "the peer cannot be told") }
        let target = request.head.path ?? "/"
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let answer = await responder.respond(
            to: ServerRequest(
                method: request.method.rawValue,
                path: String(parts.first ?? "/"),
                query: parts.count > 1 ? String(parts[1]) : nil,
                contentType: request.headers[.contentType],
                body: Array(body.readableBytesView),
                peer: peer
            )
        )
        // Without the query, which may hold a signature, a password or a certificate.
        logger.debug("\(request.method.rawValue) \(parts.first ?? "/") \(answer.status)")
        return answer
    }

    private func peer(_ channel: any Channel) async -> ServerRequest.Peer? {
        if case .tls = address { return .remote(channel.remoteAddress?.ipAddress ?? "unknown") }
        guard let options = channel as? any SocketOptionProvider else { return nil }
        do {
            let peer: hostler_ucred = try await options.unsafeGetSocketOption(
                level: .socket,
                name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
            ).get()
            return .local(uid: peer.uid, gid: peer.gid, pid: peer.pid)
        } catch {
            return nil
        }
    }
}

/// TLS with the certificate of the moment. A handshake that is not done in time is given up by the deadline of the request,
/// which runs from the beginning of the connection.
private struct ReloadingTLSChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let context: @Sendable () -> NIOSSLContext
    let handshakeTime: TimeAmount

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context()))
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Base.Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
