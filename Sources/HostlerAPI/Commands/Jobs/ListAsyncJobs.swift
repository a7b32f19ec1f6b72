struct ListAsyncJobs: APICommand {
    let name = "listAsyncJobs"
    let summary = "lists the jobs that run and those that ended not long ago, the newest first"
    let since: String? = "2.2.0"
    let parameters =
        [
            APIParameter("startdate", .date, "only jobs from this date on"),
            APIParameter("managementserverid", .uuid, "only jobs of this daemon"),
            APIParameter("jobstatus", .integer, "only jobs with this status: 0, 1 or 2"),
            APIParameter("resourceid", .uuid, "only jobs about this resource"),
        ] + Page.parameters
    let response = AsyncJob.fields

    func run(_ call: APICall) async throws -> APIResult {
        let parameters = call.parameters
        let (start, status) = (parameters.date("startdate"), parameters.int("jobstatus"))
        let found = try await call.context.jobs.jobs.list().filter { job in
            (start.map { job.created >= $0 } ?? true) && (status.map { job.status.rawValue == $0 } ?? true)
                && (parameters.text("managementserverid").map { $0 == job.serverID } ?? true)
                && (parameters.text("resourceid").map { $0 == job.instanceID } ?? true)
        }
        return try call.list(key: "asyncjobs", found, names: { [$0.command] }) {
            AsyncJob.object($0, showsSecrets: false)
        }
    }
}
