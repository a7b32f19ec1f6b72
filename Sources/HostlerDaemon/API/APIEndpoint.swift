internal import HostlerAPI
internal import ServiceLifecycle

/// CloudStack's query API on a listener.
struct APIEndpoint: ServerResponder {
    let server: APIServer

    func respond(to request: ServerRequest) async -> ServerResponse {
        let origin: APIRequest.Origin =
            switch request.peer {
            case .local(let uid, let gid, let pid): .local(uid: uid, gid: gid, pid: pid)
            case .remote(let address): .remote(address: address)
            }
        let question = APIRequest(
            method: request.method,
            path: request.path,
            query: request.query,
            body: request.body,
            contentType: request.contentType,
            origin: origin
        )
        // Whoever waits for events does not hold up the daemon's end.
        let answer = await cancelWhenGracefulShutdown { await server.respond(to: question) }
        return ServerResponse(
            answer.status,
            contentType: answer.contentType,
            headers: answer.headers.map { ($0.name, $0.value) },
            body: answer.body
        )
    }
}
