internal import Operations

/// A job: an asynchronous command from its request to its outcome.
package struct JobRecord: Codable, Equatable, Sendable {
    /// CloudStack's `JobInfo.Status`, whose numbers clients see.
    package enum Status: Int, Codable, Sendable {
        case pending = 0
        case succeeded = 1
        case failed = 2
    }

    package var id: String
    package var command: String
    package var caller: Caller
    /// `VirtualMachine` and its UUID.
    package var instanceType: String?
    package var instanceID: String?
    package var status = Status.pending
    /// 0, or the error's code.
    package var resultCode = 0
    /// The body of the answer, or the error's.
    package var result: APIObject?
    /// Whether the result has a password in it.
    package var isSecret = false
    /// How far it is, for people.
    package var progress: String?
    /// Milliseconds since 1970 UTC.
    package var created: Int
    package var completed: Int?
    /// The daemon that runs it.
    package var serverID: String
    package var serverName: String
    var owner: ProcessIdentity
    /// What it goes on with after a restart: the parameters that are no secrets.
    var parameters: [String: String] = [:]
    var maps: [String: [String: String]] = [:]

    init(
        id: String,
        command: String,
        caller: Caller,
        subject: JobSubject?,
        isSecret: Bool,
        created: Int,
        serverID: String,
        serverName: String,
        owner: ProcessIdentity
    ) {
        self.id = id
        self.command = command
        self.caller = caller
        instanceType = subject?.type
        instanceID = subject?.id
        self.isSecret = isSecret
        self.created = created
        self.serverID = serverID
        self.serverName = serverName
        self.owner = owner
    }

    private enum CodingKeys: CodingKey {
        case id, command, caller, instanceType, instanceID, status, resultCode, result, isSecret, progress, created
        case completed, serverID, serverName, owner, parameters, maps
    }

    /// What an older release has not written is as if nothing had happened.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.decode(String.self, forKey: .id)
        command = try values.decode(String.self, forKey: .command)
        caller = try values.decode(Caller.self, forKey: .caller)
        instanceType = try values.decodeIfPresent(String.self, forKey: .instanceType)
        instanceID = try values.decodeIfPresent(String.self, forKey: .instanceID)
        status = try values.decode(Status.self, forKey: .status)
        resultCode = try values.decodeIfPresent(Int.self, forKey: .resultCode) ?? 0
        result = try values.decodeIfPresent(APIObject.self, forKey: .result)
        isSecret = try values.decodeIfPresent(Bool.self, forKey: .isSecret) ?? false
        progress = try values.decodeIfPresent(String.self, forKey: .progress)
        created = try values.decode(Int.self, forKey: .created)
        completed = try values.decodeIfPresent(Int.self, forKey: .completed)
        serverID = try values.decodeIfPresent(String.self, forKey: .serverID) ?? ""
        serverName = try values.decodeIfPresent(String.self, forKey: .serverName) ?? ""
        owner =
            try values.decodeIfPresent(ProcessIdentity.self, forKey: .owner)
            ?? ProcessIdentity(boot: "", pid: 0, start: "")
        parameters = try values.decodeIfPresent([String: String].self, forKey: .parameters) ?? [:]
        maps = try values.decodeIfPresent([String: [String: String]].self, forKey: .maps) ?? [:]
    }

    /// The job with its outcome.
    func finished(_ outcome: Result<APIResult, APIError>, at now: Int) -> JobRecord {
        var job = self
        job.completed = now
        job.progress = nil
        // What they were kept for is over.
        job.parameters = [:]
        job.maps = [:]
        switch outcome {
        case .success(let result):
            job.status = .succeeded
            job.result = result.body
        case .failure(let error):
            job.status = .failed
            job.resultCode = error.code.rawValue
            var body = APIObject()
            body.set("errorcode", error.code.rawValue)
            body.set("errortext", error.text)
            job.result = body
        }
        return job
    }
}
