internal import Foundation
internal import Operations

/// Who answers which path of a listener.
package struct Routes: ServerResponder {
    private let hook: (any ServerResponder)?
    private let api: any ServerResponder
    private let metrics: PrometheusMetrics?
    private let health: @Sendable () async -> Health

    /// How the daemon is.
    package struct Health: Encodable, Sendable {
        /// `ok`, or `degraded` while libvirt cannot be reached.
        let status: String
        /// `connected`, or what is wrong.
        let libvirt: String
        let guests: Int
        let version: String
    }

    /// - Parameters:
    ///   - hook: what answers libvirt's hook; `nil` on a listener that it does not use.
    ///   - metrics: `nil` where they are not to be seen.
    package init(
        hook: (any ServerResponder)?,
        api: any ServerResponder,
        metrics: PrometheusMetrics?,
        health: @escaping @Sendable () async -> Health
    ) {
        self.hook = hook
        self.api = api
        self.metrics = metrics
        self.health = health
    }

    package func respond(to request: ServerRequest) async -> ServerResponse {
        let words = request.path.split(separator: "/")
        switch words.first {
        case "client" where words.count == 2 && words[1] == "api": return await api.respond(to: request)
        case "hook": if let hook { return await hook.respond(to: request) }
        case "health" where words.count == 1: return await healthAnswer()
        case "metrics" where words.count == 1:
            if let metrics {
                let type = "text/plain; version=0.0.4; charset=utf-8"
                return ServerResponse(200, contentType: type, body: Array(metrics.text.utf8))
            }
        default: break
        }
        return ServerResponse(404, "there is nothing here; the API is at /client/api")
    }

    private func healthAnswer() async -> ServerResponse {
        let health = await health()
        do {
            let body = try Stored.encode(health)
            return ServerResponse(
                health.status == "ok" ? 200 : 503,
                contentType: "application/json",
                body: body + [UInt8(ascii: "\n")]
            )
        } catch {
            return ServerResponse(500, "\(error)")
        }
    }
}
