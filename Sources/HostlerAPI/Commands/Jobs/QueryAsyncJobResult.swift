struct QueryAsyncJobResult: APICommand {
    let name = "queryAsyncJobResult"
    let summary = "says how a job stands, and its result when it has ended"
    let since: String? = "2.2.0"
    /// Seconds; transports close connections that are silent for longer.
    private static let longestWait = 60

    let parameters = [
        APIParameter("jobid", .uuid, "the job's id", isRequired: true),
        APIParameter("wait", .integer, "how many seconds, up to \(longestWait), to wait for its end"),
    ]
    let response = AsyncJob.fields

    func run(_ call: APICall) async throws -> APIResult {
        let id = try call.parameters.required("jobid")
        let wait = call.parameters.int("wait") ?? 0
        if !(0...Self.longestWait).contains(wait) {
            throw APIError.parameter("wait '\(wait)' is not a number of seconds from 0 to \(Self.longestWait)")
        }
        let jobs = call.context.jobs
        let found = wait > 0 ? try await jobs.wait(id, for: .seconds(wait)) : try await jobs.jobs.job(id)
        guard let job = found else {
            throw APIError.parameter("there is no job '\(id)', or no longer; listAsyncJobs lists those there are")
        }
        return .members(AsyncJob.object(job, showsSecrets: true))
    }
}
