import StateStore
import Testing

@testable import HostlerAPI

@Suite struct CommandTests {
    private func names(_ response: APIResponse, _ key: String = "virtualmachine") throws -> [String] {
        let items = try response.members()[key] as? [[String: Any]] ?? []
        return items.compactMap { $0["name"] as? String }
    }

    @Test(
        "guests by what they are",
        arguments: [
            ("", ["database", "web"]), ("&id=\(ID.web)", ["web"]), ("&id=\(ID.old)", ["old"]),
            ("&ids=\(ID.database),\(ID.old)", ["database"]), ("&name=web", ["web"]), ("&name=we", []),
            ("&state=Running", ["web"]), ("&state=stopped", ["database"]), ("&state=paused", ["web"]),
            ("&state=Destroyed", ["old"]), ("&state=Present", ["database", "web"]), ("&keyword=MORE", ["web"]),
            ("&zoneid=\(ID.zone)", ["database", "web"]), ("&zoneid=\(ID.host)", []),
            ("&hostid=\(ID.host)&name=web", ["web"]),
            ("&hypervisor=kvm", ["database", "web"]), ("&hypervisor=VMware", []), ("&projectid=\(ID.zone)", []),
            ("&page=2&pagesize=1", ["web"]), ("&page=3&pagesize=1", []),
        ]
    )
    func guests(_ query: String, _ expected: [String]) async throws {
        try await withAPI { api async throws in
            #expect(try names(await api.get("command=listVirtualMachines&response=json\(query)")) == expected)
        }
    }

    @Test("every state has a word that CloudStack's clients know")
    func states() async throws {
        let known = ["Running", "Starting", "Migrating", "Stopped", "Stopping", "Destroyed", "Error"]
        for state in [
            "defined", "preparing", "starting", "running", "paused", "stopping", "stopped", "migrating", "gone", "?",
        ] {
            let guest = GuestInfo(uuid: ID.web, name: "web", state: state, hostID: ID.host)
            let machine = VirtualMachine(guest: guest, host: nil, zone: nil)
            #expect(known.contains(machine.state))
            #expect(machine.state != "Error" || state == "?")
        }
    }

    @Test("a start for once, with its properties in both ways")
    func once() async throws {
        try await withAPI { api async throws in
            let query = "command=startVirtualMachine&id=\(ID.database)&bootorder=cdrom,hd"
            let url = "details%5B0%5D.httpsisoboot=https%3A%2F%2Fh%2Fa.iso&details[0].bootorder=cdrom%2Chd"
            #expect(await api.get("\(query)&\(url)").status == 200)
            #expect(
                api.guests.calls == [#"start \#(ID.database) ["bootorder=cdrom,hd", "httpsisoboot=https://h/a.iso"]"#]
            )
        }
    }

    @Test("what is forced, and what is not")
    func forced() async throws {
        try await withAPI { api async throws in
            for query in [
                "command=stopVirtualMachine&id=\(ID.web)", "command=stopVirtualMachine&id=\(ID.web)&forced=true",
                "command=rebootVirtualMachine&id=\(ID.web)&forced=TRUE", "command=rebootVirtualMachine&id=\(ID.web)",
            ] { #expect(await api.get(query).status == 200) }
            #expect(
                api.guests.calls == [
                    "stop \(ID.web) false", "stop \(ID.web) true", "reboot \(ID.web) true", "reboot \(ID.web) false",
                ]
            )
        }
    }

    @Test("user data by GET, and by POST as large as it may be")
    func userData() async throws {
        try await withAPI { api async throws in
            let get = await api.get("command=updateVirtualMachine&id=\(ID.web)&userdata=I2Nsb3VkLWNvbmZpZwo%3D")
            #expect(get.status == 200)
            #expect(api.guests.calls == ["userdata \(ID.web) #cloud-config\n"])
            for (size, status) in [(1 << 20, 200), ((1 << 20) + 3, 431)] {
                let data = Base64.encode([UInt8](repeating: 97, count: size)).replacing("=", with: "%3D")
                let post = await api.server.respond(
                    to: APIRequest(
                        method: "POST",
                        body: Array("command=updateVirtualMachine&id=\(ID.web)&userdata=\(data)".utf8),
                        contentType: "application/x-www-form-urlencoded",
                        origin: .local(uid: 0, gid: 0, pid: 1)
                    )
                )
                #expect(post.status == status)
            }
            let wrong = await api.get("command=updateVirtualMachine&id=\(ID.web)&userdata=%23cloud&response=json")
            #expect(try wrong.error() == "userdata is not in base64")
        }
    }

    @Test(
        "events by what they are",
        arguments: [
            ("", [3, 2, 1]), ("&type=vm.pause", [2]), ("&level=INFO", [3, 1]), ("&id=0001", [1]),
            ("&keyword=EVENT%203", [3]),
            ("&resourceid=\(ID.web)&resourcetype=virtualmachine", [3, 2, 1]), ("&resourceid=\(ID.old)", []),
            ("&after=1", [2, 3]), ("&after=0&page=1&pagesize=2", [1, 2]), ("&after=3", []), ("&after=3&wait=1", [4]),
            ("&startdate=2026-11-20", [3, 2]), ("&enddate=2026-11-19", [1]),
            ("&startdate=2026-11-20&enddate=2026-11-20", [2]),
            ("&page=2&pagesize=2", [1]),
        ]
    )
    func events(_ query: String, _ expected: [Int]) async throws {
        try await withAPI { api async throws in
            let answer = try await api.getJSON("command=listEvents\(query)")
            let events = answer["event"] as? [[String: Any]] ?? []
            #expect(events.compactMap { $0["sequence"] as? Int } == expected, "\(events.compactMap { $0["created"] })")
        }
    }

    @Test(
        "what is wrong with requests for events",
        arguments: [
            ("wait=5", "wait is given without after; give the sequence to wait behind"),
            ("after=1&wait=61", "wait '61' is not a number of seconds from 0 to 60"),
            ("after=-1", "after '-1' is not a sequence; they begin with 1"),
            (
                "startdate=2026-11-21&enddate=2026-11-20",
                "startdate 2026-11-21T00:00:00+0000 is later than enddate 2026-11-20T23:59:59+0000"
            ),
        ]
    )
    func wrongEvents(_ query: String, _ message: String) async throws {
        try await withAPI { api async throws in
            #expect(try await api.get("command=listEvents&response=json&\(query)").error() == message)
        }
    }

    @Test(
        "what is wrong with requests for certificates",
        arguments: [
            (
                "command=uploadTemplateDirectDownloadCertificate&certificate=x&name=a&hypervisor=VMware&zoneid=\(ID.zone)",
                "hypervisor 'VMware' has no certificates; 'KVM' is the only one that has"
            ),
            (
                "command=uploadTemplateDirectDownloadCertificate&certificate=x&name=a&hypervisor=KVM&zoneid=\(ID.host)",
                "there is no zone '\(ID.host)'; listZones lists those there are"
            ),
            (
                "command=uploadTemplateDirectDownloadCertificate&certificate=x&name=a&hypervisor=KVM&zoneid=\(ID.zone)"
                    + "&hostid=\(ID.zone)",
                "there is no host '\(ID.zone)'; listHosts lists those there are"
            ),
            (
                "command=uploadTemplateDirectDownloadCertificate&certificate=x&name=a&hypervisor=KVM&zoneid=\(ID.zone)",
                "the certificate is not in PEM"
            ),
            (
                "command=revokeTemplateDirectDownloadCertificate&zoneid=\(ID.zone)",
                "revokeTemplateDirectDownloadCertificate needs id, or name: which certificate"
            ),
            (
                "command=revokeTemplateDirectDownloadCertificate&zoneid=\(ID.zone)&name=b&hypervisor=KVM",
                "there is no certificate 'b' in zone default"
            ),
            (
                "command=revokeTemplateDirectDownloadCertificate&zoneid=\(ID.zone)&id=\(ID.zone)",
                "there is no certificate '\(ID.zone)'; listTemplateDirectDownloadCertificates lists those there are"
            ),
            (
                "command=deleteTemplateDirectDownloadCertificate&id=\(ID.zone)",
                "there is no certificate '\(ID.zone)'; listTemplateDirectDownloadCertificates lists those there are"
            ),
        ]
    )
    func wrongCertificates(_ query: String, _ message: String) async throws {
        try await withAPI { api async throws in
            let response = await api.get(query + "&response=json")
            #expect(response.status == 431)
            #expect(try response.error() == message)
        }
    }

    @Test("a service's own error keeps its code, any other is a failure with its words")
    func errors() async throws {
        try await withAPI { api async throws in
            api.guests.fail(with: APIError(.resourceUnavailable, "libvirt does not answer"))
            let query = "command=updateVirtualMachine&id=\(ID.web)&userdata=YQ&response=json"
            var response = await api.get(query)
            #expect(response.status == 534)
            #expect(try response.members()["cserrorcode"] as? Int == 4380)
            api.guests.fail(with: CancellationError())
            response = await api.get(query)
            #expect(response.status == 503)
            #expect(try response.error() == "hostlerd is stopping; try again when it runs")
            api.guests.fail(with: FakeError(description: "no room"))
            response = await api.get(query)
            #expect(response.status == 530)
            #expect(try response.members()["cserrorcode"] as? Int == 4250)
            #expect(try response.error() == "no room")
        }
    }
}
