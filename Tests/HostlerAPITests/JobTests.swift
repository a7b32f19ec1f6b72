import Foundation
import Operations
import StateStore
import Testing

@testable import HostlerAPI

@Suite struct JobTests {
    /// A process of before the last restart.
    static let gone = ProcessIdentity(boot: "before", pid: 1, start: "1")

    private func start(_ api: TestAPI, _ more: String = "") async throws -> String {
        let response = await api.get("command=startVirtualMachine&id=\(ID.database)&response=json\(more)")
        #expect(response.status == 200, "\(response.text)")
        return try #require(try response.members()["jobid"] as? String)
    }

    private func job(_ api: TestAPI, _ id: String) async throws -> JobRecord {
        try #require(try await api.runner.jobs.job(id))
    }

    /// The API with its jobs as in a daemon, for the time of `body`.
    private func serving(_ api: TestAPI, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await api.runner.run(api.context) }
            // Jobs are queued from the moment on that there is a queue.
            try await eventually("the runner") { api.runner.isServing }
            try await body()
            api.runner.stop()
            try await group.waitForAll()
        }
    }

    @Test("without a daemon a job is done before its caller gets the id")
    func direct() async throws {
        try await withAPI { api async throws in
            let id = try await start(api)
            let job = try await job(api, id)
            #expect(job.status == .succeeded)
            #expect(job.completed == api.time.now)
            #expect(job.parameters.isEmpty)
            #expect(api.guests.calls == ["start \(ID.database) []"])
        }
    }

    @Test("a daemon answers at once, says how far the job is, and then its result")
    func served() async throws {
        try await withAPI { api async throws in
            try await serving(api) { () async throws in
                api.guests.gate.close()
                let id = try await start(api)
                try await eventually("the job's progress") { try await job(api, id).progress == "trying the URL" }
                let pending = try await api.getJSON("command=queryAsyncJobResult&jobid=\(id)")
                #expect(pending["jobstatus"] as? Int == 0)
                #expect(pending["jobprogress"] as? String == "trying the URL")
                #expect(pending["jobresult"] == nil)
                api.guests.gate.open()
                let done = try await api.getJSON("command=queryAsyncJobResult&jobid=\(id)&wait=60")
                #expect(done["jobstatus"] as? Int == 1)
                #expect(done["jobprogress"] == nil)
                let result = try #require(done["jobresult"] as? [String: [String: Any]])
                #expect(result["virtualmachine"]?["state"] as? String == "Running")
            }
        }
    }

    @Test("a failure has the error's code and text")
    func failed() async throws {
        try await withAPI { api async throws in
            api.guests.fail(with: FakeError(description: "the server\u{1B}[31m is away"))
            let job = try await api.getJSON("command=queryAsyncJobResult&jobid=\(try await start(api))")
            #expect(job["jobstatus"] as? Int == 2)
            #expect(job["jobresultcode"] as? Int == 530)
            #expect(job["jobresulttype"] as? String == "object")
            let result = try #require(job["jobresult"] as? [String: Any])
            #expect(result["errorcode"] as? Int == 530)
            #expect(result["errortext"] as? String == "the server?[31m is away")
        }
    }

    @Test("no more jobs run at a time than are to")
    func bounded() async throws {
        try await withAPI(limit: 2) { api async throws in
            try await serving(api) { () async throws in
                api.guests.gate.close()
                var ids: [String] = []
                for _ in 0..<6 { ids.append(try await start(api)) }
                func begun() async throws -> Int {
                    try await api.runner.jobs.list().filter { $0.progress != nil }.count
                }
                try await eventually("two jobs") { try await begun() == 2 }
                // The third would have begun by the time that these have answered.
                for _ in 0..<20 { #expect(try await begun() == 2) }
                api.guests.gate.open()
                for id in ids { #expect(try await api.runner.wait(id, for: .seconds(60))?.status == .succeeded) }
                #expect(api.guests.calls.count == 6)
            }
        }
    }

    @Test("what is wrong with a request is said before there is a job")
    func refused() async throws {
        try await withAPI { api async throws in
            for (query, message) in [
                (
                    "command=startVirtualMachine&id=\(ID.zone)",
                    "there is no virtual machine '\(ID.zone)'; listVirtualMachines lists those there are"
                ),
                (
                    "command=stopVirtualMachine&id=\(ID.old)",
                    "there is no virtual machine '\(ID.old)'; listVirtualMachines lists those there are"
                ),
                (
                    "command=startVirtualMachine&id=\(ID.web)&hostid=\(ID.zone)",
                    "guest web is on host \(ID.host), not '\(ID.zone)'; leave hostid out"
                ),
                (
                    "command=startVirtualMachine&id=\(ID.web)&bootorder=hd&details[0].bootorder=cdrom",
                    "bootorder is given twice, with different values; give it once"
                ),
                (
                    "command=resetSSHKeyForVirtualMachine&id=\(ID.web)",
                    "resetSSHKeyForVirtualMachine needs keypair or keypairs: names of keys"
                ),
                (
                    "command=resetSSHKeyForVirtualMachine&id=\(ID.web)&keypair=ada",
                    "there is no key pair 'ada'; listSSHKeyPairs lists those there are"
                ),
                ("command=stopVirtualMachine&id=\(ID.web)&injectedjobid=1", "injectedjobid '1' is not a UUID"),
            ] {
                let response = await api.get(query + "&response=json")
                #expect(response.status == 431)
                #expect(try response.error() == message)
            }
            #expect(try await api.runner.jobs.list().isEmpty)
        }
    }

    @Test("the same request with the id of a job gives that job, another one is refused")
    func injected() async throws {
        try await withAPI { api async throws in
            let own = "&injectedjobid=\(ID.job(1).uppercased())"
            #expect(try await start(api, own) == ID.job(1))
            #expect(try await start(api, own) == ID.job(1))
            #expect(api.guests.calls.count == 1)
            let other = await api.get("command=stopVirtualMachine&id=\(ID.database)&response=json\(own)")
            #expect(other.status == 431)
            #expect(
                try other.error() == "injectedjobid '\(ID.job(1))' is the id of another job; choose a new one"
            )
        }
    }

    // MARK: - Restarts

    /// A daemon that dies with a job at work.
    private func leave(_ store: StateStore, _ queries: [String]) async throws {
        let before = TestAPI(store: store, owner: Self.gone)
        before.guests.gate.close()
        let task = Task { try await before.runner.run(before.context) }
        try await eventually("the runner") { before.runner.isServing }
        for query in queries { #expect(await before.get(query).status == 200) }
        task.cancel()
        try await task.value
    }

    @Test("a job that a daemon leaves is taken up or has failed, with the reason, at the next start")
    func restart() async throws {
        try await withStore { store async throws in
            try await leave(
                store,
                [
                    "command=startVirtualMachine&id=\(ID.database)&injectedjobid=\(ID.job(1))",
                    "command=startVirtualMachine&id=\(ID.web)&injectedjobid=\(ID.job(2))",
                ]
            )
            #expect(try await Jobs(store: store).list().map(\.status) == [.pending, .pending])
            let api = TestAPI(store: store)
            // It had come that far.
            api.guests.setState(ID.web, "running")
            try await serving(api) { () async throws in
                for id in [ID.job(1), ID.job(2)] { _ = try await api.runner.wait(id, for: .seconds(60)) }
            }
            #expect(try await job(api, ID.job(2)).status == .succeeded)
            let failed = try await job(api, ID.job(1))
            #expect(failed.status == .failed)
            #expect(failed.resultCode == 530)
            #expect(
                failed.result?.text("errortext")
                    == "hostlerd was stopped before guest database was started; it is stopped, so start it again"
            )
            #expect(api.guests.calls.isEmpty)
        }
    }

    /// What a daemon that was killed leaves behind.
    private func pending(_ store: StateStore, _ command: String, owner: ProcessIdentity = gone) async throws
        -> JobRecord
    {
        var job = JobRecord(
            id: UUIDText.random(),
            command: command,
            caller: Caller(id: PeerCredentials.id(0), name: "root", kind: .local),
            subject: JobSubject(type: "VirtualMachine", id: ID.web),
            isSecret: false,
            created: 1,
            serverID: ID.server,
            serverName: "kvm1",
            owner: owner
        )
        job.parameters = ["id": ID.web, "forced": "true", "keypair": "ada"]
        #expect(try await Jobs(store: store).add(job))
        return job
    }

    @Test("what comes to the same however often it is done is done again, with its parameters")
    func resumed() async throws {
        try await withAPI { api async throws in
            _ = try await api.context.sshKeyPairs.register(name: "ada", publicKey: SSHKeyTests.ed25519)
            let stop = try await pending(api.store, "stopVirtualMachine")
            let keys = try await pending(api.store, "resetSSHKeyForVirtualMachine")
            try await serving(api) { () async throws in
                for id in [stop.id, keys.id] {
                    #expect(try await api.runner.wait(id, for: .seconds(60))?.status == .succeeded)
                }
            }
            #expect(Set(api.guests.calls) == ["stop \(ID.web) true", "keys \(ID.web) [\"\(SSHKeyTests.ed25519)\"]"])
        }
    }

    @Test("a stop whose guest has stopped is done")
    func resumedStop() async throws {
        try await withAPI { api async throws in
            api.guests.setState(ID.web, "stopped")
            let stop = try await pending(api.store, "stopVirtualMachine")
            try await serving(api) { () async throws in
                #expect(try await api.runner.wait(stop.id, for: .seconds(60))?.status == .succeeded)
            }
            #expect(api.guests.calls.isEmpty)
        }
    }

    @Test("what cannot be taken up has failed, and so has what nobody knows any longer")
    func lost() async throws {
        try await withAPI { api async throws in
            let reboot = try await pending(api.store, "rebootVirtualMachine")
            let unknown = try await pending(api.store, "noSuchThing")
            try await serving(api) { () async throws in
                _ = try await api.runner.wait(reboot.id, for: .seconds(60))
                _ = try await api.runner.wait(unknown.id, for: .seconds(60))
            }
            #expect(
                try await job(api, reboot.id).result?.text("errortext")
                    == "hostlerd was stopped before rebootVirtualMachine was done; look what it has done, and ask again"
            )
            #expect(
                try await job(api, unknown.id).result?.text("errortext")
                    == "this release of hostlerd does not know noSuchThing any longer"
            )
        }
    }

    @Test("a job of a process that still runs is left to it, and so is one of another host")
    func others() async throws {
        try await withAPI { api async throws in
            let own = try await pending(api.store, "rebootVirtualMachine", owner: .current)
            var foreign = try await pending(api.store, "rebootVirtualMachine")
            foreign.serverID = ID.host
            try await api.store.put("job/\(foreign.id)", try Records.encode(foreign))
            try await serving(api) { () async throws in _ = try await start(api) }
            #expect(try await job(api, own.id).status == .pending)
            #expect(try await job(api, foreign.id).status == .pending)
        }
    }

    @Test("a process that has ended is not taken for another with its number")
    func identity() {
        #expect(ProcessIdentity.current.isAlive)
        var other = ProcessIdentity.current
        other.start = "0"
        #expect(!other.isAlive)
        other = .current
        other.boot = "another"
        #expect(!other.isAlive)
        #expect(!Self.gone.isAlive)
    }

    @Test("a daemon that is told to stop ends its jobs, and takes no more")
    func stopped() async throws {
        try await withAPI { api async throws in
            var id = ""
            try await serving(api) { () async throws in id = try await start(api) }
            #expect(try await job(api, id).status == .succeeded)
            let late = await api.get("command=startVirtualMachine&id=\(ID.database)&response=json")
            #expect(late.status == 503)
            #expect(try late.error() == "hostlerd is stopping and takes no more jobs; try again when it runs")
            #expect(try await api.runner.jobs.list().count == 1)
        }
    }

    @Test("jobs are forgotten a day after their end, unless told otherwise")
    func expired() async throws {
        try await withAPI { api async throws in
            let id = try await start(api)
            let other = try await pending(api.store, "rebootVirtualMachine")
            api.time.advance(seconds: 86_400)
            try await api.runner.removeExpired()
            #expect(try await api.runner.jobs.job(id) != nil)
            api.time.advance(seconds: 1)
            try await api.runner.removeExpired()
            #expect(try await api.runner.jobs.list().map(\.id) == [other.id])
            let missing = await api.get("command=queryAsyncJobResult&jobid=\(id)&response=json")
            #expect(missing.status == 431)
            #expect(try missing.error() == "there is no job '\(id)', or no longer; listAsyncJobs lists those there are")
        }
    }

    @Test("a job with a password in its result is forgotten after a day, however long the others are kept")
    func expiredSecret() async throws {
        try await withAPI { api async throws in
            let runner = JobRunner(
                jobs: Jobs(store: api.store),
                settings: api.settings,
                retention: .seconds(864_000),
                clock: api.time.clock
            )
            let id = try await start(api)
            let reset = await api.get("command=resetPasswordForVirtualMachine&id=\(ID.web)")
            #expect(reset.status == 200)
            api.time.advance(seconds: 86_401)
            try await runner.removeExpired()
            #expect(try await runner.jobs.list().map(\.id) == [id])
        }
    }

    @Test("whoever waits is told when the job ends, and after its time where it does not")
    func waiting() async throws {
        try await withAPI { api async throws in
            #expect(try await api.runner.wait(ID.job(9), for: .seconds(60)) == nil)
            try await serving(api) { () async throws in
                api.guests.gate.close()
                let id = try await start(api)
                #expect(try await api.runner.wait(id, for: .milliseconds(1))?.status == .pending)
                async let first = api.runner.wait(id, for: .seconds(600))
                async let second = api.runner.wait(id, for: .seconds(600))
                api.guests.gate.open()
                #expect(try await [first?.status, second?.status] == [.succeeded, .succeeded])
            }
        }
    }

    @Test("how long to wait has bounds", arguments: ["-1", "61"])
    func waitBounds(_ wait: String) async throws {
        try await withAPI { api async throws in
            let response = await api.get("command=queryAsyncJobResult&jobid=\(ID.job(1))&wait=\(wait)&response=json")
            #expect(try response.error() == "wait '\(wait)' is not a number of seconds from 0 to 60")
        }
    }

    @Test("a password is told by the job that made it, not by lists, and is not kept with what was asked")
    func secrets() async throws {
        try await withAPI { api async throws in
            let query = "command=resetPasswordForVirtualMachine&id=\(ID.web)&password=s3cret%21"
            let response = await api.get(query + "&response=json")
            let id = try #require(try response.members()["jobid"] as? String)
            let job = try await api.getJSON("command=queryAsyncJobResult&jobid=\(id)")
            let result = try #require(job["jobresult"] as? [String: [String: Any]])
            #expect(result["virtualmachine"]?["password"] as? String == "s3cret!")
            let list = await api.get("command=listAsyncJobs&response=json")
            #expect(!list.text.contains("s3cret"))
            #expect(list.text.contains(id))
        }
    }

    @Test("an observer is told when a job's state cannot be written")
    func fault() async throws {
        try await withAPI { api async throws in
            let seen = Recorder()
            let runner = JobRunner(
                jobs: Jobs(store: api.store),
                settings: api.settings,
                fault: { seen.add("\($0)") }
            )
            var context = api.context
            context.jobs = runner
            let server = APIServer(
                context,
                authenticators: [PeerCredentials()],
                replays: ReplayGuard(store: api.store, window: 60)
            )
            // The record is damaged while the job runs.
            api.guests.gate.close()
            let query = "command=startVirtualMachine&id=\(ID.database)&injectedjobid=\(ID.job(1))"
            async let answer = server.respond(to: APIRequest(query: query, origin: .local(uid: 0, gid: 0, pid: 1)))
            try await eventually("the progress") { try await runner.jobs.job(ID.job(1))?.progress != nil }
            try await api.store.put("job/\(ID.job(1))", Array("{".utf8))
            api.guests.gate.open()
            #expect(await answer.status == 200)
            #expect(seen.texts == ["what is kept under 'job/\(ID.job(1))' cannot be read"])
        }
    }
}
