/// A job as the API shows it.
enum AsyncJob {
    static let fields = [
        ResponseField("jobid", "string", "the job's id"),
        ResponseField("cmd", "string", "the command"),
        ResponseField("jobstatus", "integer", "0 while it runs, 1 when it is done, 2 when it failed"),
        ResponseField("jobprocstatus", "integer", "0"),
        ResponseField("jobprogress", "string", "how far it is, in words"),
        ResponseField("jobresultcode", "integer", "0, or the error's code"),
        ResponseField("jobresulttype", "string", "object"),
        ResponseField("jobresult", "object", "the answer of the command, or errorcode and errortext"),
        ResponseField("jobinstancetype", "string", "what it is about: VirtualMachine"),
        ResponseField("jobinstanceid", "string", "the UUID of what it is about"),
        ResponseField("accountid", "string", "the id of the caller's account"),
        ResponseField("account", "string", "the caller's account"),
        ResponseField("domainid", "string", "the id of that account's domain"),
        ResponseField("domainpath", "string", "that domain"),
        ResponseField("userid", "string", "the id of the caller"),
        ResponseField("username", "string", "the caller's name"),
        ResponseField("managementserverid", "string", "the id of the daemon that runs it"),
        ResponseField("managementservername", "string", "that daemon's host"),
        ResponseField("created", "date", "when it was asked for"),
        ResponseField("completed", "date", "when it ended"),
    ]

    /// - Parameter showsSecrets: whether a result with a password in it is shown.
    static func object(_ job: JobRecord, showsSecrets: Bool) -> APIObject {
        var object = APIObject()
        object.set("jobid", job.id)
        object.set("cmd", job.command)
        object.set("jobstatus", job.status.rawValue)
        object.set("jobprocstatus", 0)
        object.set("jobprogress", job.progress)
        object.set("jobresultcode", job.resultCode)
        if let result = job.result, showsSecrets || !job.isSecret || job.status != .succeeded {
            object.set("jobresulttype", "object")
            object.set("jobresult", result)
        }
        object.set("jobinstancetype", job.instanceType)
        object.set("jobinstanceid", job.instanceID)
        object.set("accountid", Caller.accountID)
        object.set("account", job.caller.account)
        object.set("domainid", Caller.domainID)
        object.set("domainpath", Caller.domain)
        object.set("userid", job.caller.id)
        object.set("username", job.caller.name)
        object.set("managementserverid", job.serverID)
        object.set("managementservername", job.serverName)
        object.set("created", date: job.created)
        object.set("completed", date: job.completed)
        return object
    }
}
