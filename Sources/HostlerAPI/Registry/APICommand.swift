/// A command of the API: what callers read of it, and what it does.
///
/// One file in `Commands/` is one command. It is declared here in the words of CloudStack's `listApis`, from which come
/// that command's answer, `docs/api.md` and the command line's help, and what is checked of a request before ``run(_:)``.
package protocol APICommand: Sendable {
    /// As it is called: `listZones`. The answer's name is the same in lower case with `response` behind it.
    var name: String { get }
    /// What it does, one sentence without a full stop.
    var summary: String { get }
    var parameters: [APIParameter] { get }
    /// The members of an object of its answer.
    var response: [ResponseField] { get }
    /// Whether callers get the id of a job at once, and its outcome from `queryAsyncJobResult`.
    var isAsync: Bool { get }
    /// Whether it changes anything, so that a signed request for it is taken once only.
    var changesState: Bool { get }
    /// What the event log calls a request that changes something: CloudStack's word where it has one.
    var eventType: String { get }
    /// Whether its answer has a secret in it, which `listAsyncJobs` then leaves out.
    var hasSecretResponse: Bool { get }
    /// CloudStack's release that has it first; `nil` where the command is Hostler's own.
    var since: String? { get }

    /// What an asynchronous command will work on; also its chance to refuse a request before there is a job.
    func subject(of call: APICall) async throws -> JobSubject?

    /// Does it.
    ///
    /// - Throws: ``APIError``, or what its services throw.
    func run(_ call: APICall) async throws -> APIResult

    /// Brings to its end what a daemon that was stopped or killed had begun.
    ///
    /// - Throws: why that is not possible; the job has failed then.
    func resume(_ call: APICall) async throws -> APIResult
}

extension APICommand {
    package var isAsync: Bool { false }
    package var changesState: Bool { !name.hasPrefix("list") && !name.hasPrefix("query") }
    package var eventType: String { "API.REQUEST" }
    package var hasSecretResponse: Bool { false }
    package func subject(of call: APICall) async throws -> JobSubject? { nil }
    package func resume(_ call: APICall) async throws -> APIResult {
        throw APIError(
            .internalError,
            "hostlerd was stopped before \(name) was done; look what it has done, and ask again"
        )
    }

    /// The name of its answers.
    var responseName: String { name.lowercased() + "response" }
}

/// A parameter of a command.
package struct APIParameter: Equatable, Sendable {
    /// CloudStack's types, with the spelling of `listApis`.
    package enum Kind: String, Sendable {
        case string, uuid, integer, boolean, map, list, date
    }

    package let name: String
    package let kind: Kind
    package let summary: String
    package let isRequired: Bool
    /// How many bytes of UTF-8 it has at most (CloudStack counts characters; its default too is 255).
    package let length: Int
    /// Whether it must neither be kept with a job nor be seen in a log.
    package let isSecret: Bool

    package init(
        _ name: String,
        _ kind: Kind,
        _ summary: String,
        isRequired: Bool = false,
        length: Int = 255,
        isSecret: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.summary = summary
        self.isRequired = isRequired
        self.length = length
        self.isSecret = isSecret
    }
}

/// A member of the objects of an answer.
package struct ResponseField: Equatable, Sendable {
    package let name: String
    /// `string`, `integer`, `boolean`, `date`, `list`, `map` or `object`.
    package let type: String
    package let summary: String
    /// The members of a list's objects.
    package let members: [ResponseField]

    package init(_ name: String, _ type: String, _ summary: String, members: [ResponseField] = []) {
        self.name = name
        self.type = type
        self.summary = summary
        self.members = members
    }
}

/// What a job is about.
package struct JobSubject: Equatable, Sendable {
    /// CloudStack's `ApiCommandResourceType`: `VirtualMachine`.
    package let type: String
    package let id: String

    package init(type: String, id: String) {
        self.type = type
        self.id = id
    }
}

/// What a command answers with.
package enum APIResult: Equatable, Sendable {
    /// - total: how many there are, of which `items` may be one page.
    case list(key: String, items: [APIObject], total: Int)
    case object(key: String, APIObject)
    /// An object whose members are the answer's own.
    case members(APIObject)
    case success(displayText: String? = nil)
    case job(id: String)

    static func list(key: String, _ items: [APIObject]) -> APIResult {
        .list(key: key, items: items, total: items.count)
    }

    /// What stands under the answer's name.
    var body: APIObject {
        var body = APIObject()
        switch self {
        case .list(let key, let items, let total):
            // CloudStack's answer to a list without anything has no member at all.
            if total > 0 { body.set("count", total) }
            if !items.isEmpty { body.set(key, items) }
        case .object(let key, let object): body.set(key, object)
        case .members(let object): body = object
        case .success(let text):
            body.set("success", true)
            body.set("displaytext", text)
        case .job(let id): body.set("jobid", id)
        }
        return body
    }
}

/// A request for a command, checked.
package struct APICall: Sendable {
    package let parameters: APIParameters
    package let caller: Caller
    package let context: APIContext
    /// Says how far a job is; of no effect outside of jobs.
    package let progress: @Sendable (String) -> Void
}
