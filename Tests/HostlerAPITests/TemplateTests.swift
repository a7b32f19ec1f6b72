import Operations
import Provisioning
import Testing

@testable import HostlerAPI

@Suite struct TemplateTests {
    static let unknown = "00000000-0000-4000-8000-0000000000ee"
    static let newZone = "00000000-0000-4000-8000-00000000000c"
    static let template = "command=registerTemplate&format=QCOW2"
    static let whole = "\(template)&name=a&url=https%3A%2F%2Fh%2Fa&hypervisor=KVM&zoneid=\(ID.zone)"
    static let iso = "command=registerIso&name=a&url=https%3A%2F%2Fh%2Fa&zoneid=\(ID.zone)"

    private func names(_ response: APIResponse, _ key: String = "template") throws -> [String] {
        let items = try response.members()[key] as? [[String: Any]] ?? []
        return items.compactMap { $0["name"] as? String }
    }

    @Test(
        "what is wrong with requests",
        arguments: [
            (template, "registerTemplate needs name"), ("\(template)&name=%20", "registerTemplate needs name"),
            ("\(template)&name=a", "registerTemplate needs url"),
            ("\(template)&name=a&url=u", "registerTemplate needs hypervisor"),
            ("command=registerTemplate&hypervisor=KVM&name=a&url=u", "registerTemplate needs format"),
            (
                "\(template)&name=a&url=u&hypervisor=VMware&zoneid=-1",
                "hypervisor 'VMware' has no templates here; 'KVM' is the only one that has"
            ),
            (
                "\(template)&name=a&url=u&hypervisor=KVM",
                "registerTemplate needs zoneid or zoneids: the zone, or -1 for all"
            ),
            (
                "\(template)&name=a&url=u&hypervisor=KVM&zoneid=\(unknown)",
                "there is no zone '\(unknown)'; listZones lists those there are"
            ),
            (
                "\(template)&name=a&url=u&hypervisor=KVM&zoneid=here",
                "zoneid 'here' is neither a UUID nor -1; listZones lists those there are"
            ),
            (
                "\(template)&name=a&url=u&hypervisor=KVM&zoneids=\(ID.zone),-1",
                "zoneids has -1, which is all zones, and others beside it; give it alone"
            ),
            ("\(whole)&zoneids=\(ID.zone)", "zoneid and zoneids are given both; give one of them"),
            ("\(whole)&ostypeid=debian", "ostypeid 'debian' is not a UUID"),
            (
                "\(whole)&ostypeid=\(unknown)",
                "there is no type '\(unknown)' of operating systems; listOsTypes lists those there are"
            ),
            (
                "\(whole)&directdownload=false",
                "directdownload 'false' is for a secondary storage, which there is none of; pass directdownload=true"
            ),
            ("\(whole)&directdownload=yes", "directdownload 'yes' is neither true nor false"),
            (whole.replacing("QCOW2", with: "iso"), "format 'ISO' is that of an ISO; call registerIso for it"),
            (whole.replacing("name=a", with: "name=a%0Ab"), "name 'a?b' has a line break in it"),
            ("\(whole)&details[0].a%3Cb=1", "details 'a<b' is no name of letters"),
            ("\(whole)&details[0].HTTP_HEADER:=s3cret", "'' is not the name of an HTTP header"),
            ("\(whole)&details[0].HTTP_HEADER:a:b=s3cret", "'a:b' is not the name of an HTTP header"),
            (
                "\(whole)&details[0].HTTP_HEADER:A=s3cret%0AB:1",
                "the value of the HTTP header 'A' has control characters"
            ),
            ("command=registerIso&name=a&url=u", "registerIso needs zoneid"),
            ("\(iso)&bootable=maybe", "bootable 'maybe' is neither true nor false"),
            ("command=listTemplates", "listTemplates needs templatefilter"),
            (
                "command=listTemplates&templatefilter=mine",
                "templatefilter 'mine' is none of featured, self, selfexecutable, sharedexecutable, executable, "
                    + "community, all"
            ),
            ("command=listIsos&isofilter=system", "isofilter 'system' is none of featured, self"),
            ("command=listIsos&isofilter=all&page=1", "page is given without pagesize"),
            ("command=deleteTemplate", "deleteTemplate needs id"),
            (
                "command=deleteTemplate&id=\(unknown)",
                "there is no template '\(unknown)'; listTemplates lists those there are"
            ),
            ("command=deleteIso&id=\(unknown)", "there is no ISO '\(unknown)'; listIsos lists those there are"),
            ("command=deleteTemplate&id=\(ID.rescue)", "'rescue' is an ISO; deleteIso deletes it"),
            ("command=deleteIso&id=\(ID.debian)", "'debian' is a template; deleteTemplate deletes it"),
            ("command=deleteIso&id=\(ID.rescue)&zoneid=\(unknown)", "there is no zone '\(unknown)'"),
        ]
    )
    func wrong(_ query: String, _ message: String) async throws {
        try await withAPI { api async throws in
            let response = await api.get(query + "&response=json")
            #expect(response.status == 431)
            let error = try response.error()
            #expect(error.hasPrefix(message), "\(error)")
            #expect(!response.text.contains("s3cret") && !response.headers.contains { $0.value.contains("s3cret") })
            #expect(api.templates.registrations.isEmpty && api.templates.calls.isEmpty)
            #expect(try await api.runner.jobs.list().isEmpty)
        }
    }

    @Test("what the service refuses is a wrong parameter, what fails is a failure")
    func refused() async throws {
        try await withAPI { api async throws in
            api.templates.fail(with: DownloadError(.badInput, "the URL has the scheme 'ftp'"))
            for query in [Self.whole, Self.iso] {
                let response = await api.get(query + "&response=json")
                #expect(response.status == 431)
                #expect(try response.error() == "the URL has the scheme 'ftp'")
            }
            api.templates.fail(with: DownloadError(.noSpace, "there is no room"))
            let response = await api.get(Self.whole + "&response=json")
            #expect(response.status == 530)
            #expect(try response.error() == "there is no room")
        }
    }

    @Test(
        "templates by what they are",
        arguments: [
            ("all", ["alpine", "debian"]), ("self", ["alpine", "debian"]), ("ALL", ["alpine", "debian"]),
            ("executable", ["debian"]), ("selfexecutable", ["debian"]), ("featured", ["debian"]), ("community", []),
            ("sharedexecutable", []), ("all&name=Alpine", ["alpine"]), ("all&name=alp", []),
            ("all&keyword=MORE", ["debian"]), ("featured&id=\(ID.alpine)", ["alpine"]), ("all&id=\(ID.rescue)", []),
            ("featured&ids=\(ID.alpine),\(ID.rescue)", ["alpine"]), ("all&zoneid=\(ID.zone)", ["alpine", "debian"]),
            ("all&zoneid=\(ID.host)", []), ("all&hypervisor=kvm", ["alpine", "debian"]), ("all&hypervisor=Xen", []),
            ("all&isready=false", ["alpine"]), ("all&showremoved=true", ["alpine", "debian"]),
            ("all&page=2&pagesize=1", ["debian"]), ("all&projectid=\(ID.zone)", []),
        ]
    )
    func templates(_ query: String, _ expected: [String]) async throws {
        try await withAPI { api async throws in
            let response = await api.get("command=listTemplates&response=json&templatefilter=\(query)")
            #expect(try names(response) == expected)
        }
    }

    @Test(
        "ISOs by what they are",
        arguments: [
            ("", ["rescue"]), ("isofilter=", ["rescue"]), ("isofilter=all", ["drivers", "rescue"]),
            ("isofilter=community", ["rescue"]), ("isofilter=featured", []),
            ("isofilter=all&bootable=false", ["drivers"]),
            ("isofilter=all&ispublic=true", ["rescue"]), ("isofilter=all&isready=false", ["drivers"]),
            ("id=\(ID.drivers)", ["drivers"]), ("id=\(ID.debian)", []),
        ]
    )
    func isos(_ query: String, _ expected: [String]) async throws {
        try await withAPI { api async throws in
            #expect(try names(await api.get("command=listIsos&response=json&\(query)"), "iso") == expected)
        }
    }

    @Test("a template of all zones is listed in each, and counts in each")
    func zones() async throws {
        try await withStore { store in
            var api = TestAPI(store: store)
            api.zones.all.append(ZoneInfo(id: Self.newZone, name: "new"))
            let list = "command=listTemplates&templatefilter=all"
            let all = try await api.getJSON(list)
            #expect(all["count"] as? Int == 3)
            let pairs = (all["template"] as? [[String: Any]] ?? []).map {
                "\($0["name"] ?? "") \($0["zonename"] ?? "")"
            }
            #expect(pairs == ["alpine default", "alpine new", "debian default"])
            #expect(try names(await api.get("\(list)&zoneid=\(Self.newZone)&response=json")) == ["alpine"])
            let delete = "command=deleteTemplate&response=json&zoneid=\(Self.newZone)"
            #expect(
                try await api.get("\(delete)&id=\(ID.debian)").error() == "template debian is not in zone new"
            )
            #expect(
                try await api.get("\(delete)&id=\(ID.alpine)").error()
                    == "template alpine is in other zones than new too; leave zoneid out to delete it"
            )
            // Also where its zone is gone.
            api.zones.all.removeFirst()
            #expect(try names(await api.get("\(list)&response=json")) == ["alpine", "debian"])
        }
    }

    @Test("a registration with all there is, details in both of CloudStack's ways")
    func registration() async throws {
        try await withAPI { api async throws in
            let query =
                "command=registerTemplate&name=%20a%20&displaytext=A"
                + "&url=https%3A%2F%2Fu%3As3cret%40h%2Fa%3Fs3cret%23s3cret"
                + "&checksum=%7BSHA-256%7Dab&format=raw&hypervisor=kvm&zoneids=\(ID.zone),\(ID.zone.uppercased())"
                + "&directdownload=true&ostypeid=\(OSType.all[4].id)&isextractable=true&isfeatured=true&ispublic=true"
                + "&passwordenabled=true&requireshvm=false&pool=%2Fsrv%2Fimages"
                + "&details[0].HTTP_HEADER:X-Auth=s3cret%201"
                + "&details[0].a.b=1&details[1].key=http_header:Cookie&details[1].value=s3cret"
                + "&details[2].key=c&details[2].value=2"
            let response = await api.get(query + "&response=json")
            #expect(response.status == 200)
            let wanted = TemplateRegistration(
                name: "a",
                displayText: "A",
                kind: .template,
                url: "https://u:s3cret@h/a?s3cret#s3cret",
                checksum: "{SHA-256}ab",
                format: "RAW",
                headers: [try HTTPHeader("X-Auth", "s3cret 1"), try HTTPHeader("Cookie", "s3cret")],
                pool: "/srv/images",
                traits: TemplateTraits(
                    zoneIDs: [ID.zone],
                    osTypeID: "00000000-0000-4000-8000-0000000d1005",
                    isPublic: true,
                    isFeatured: true,
                    isExtractable: true,
                    requiresHVM: false,
                    isPasswordEnabled: true,
                    details: ["a.b": "1", "c": "2"]
                )
            )
            #expect(api.templates.registrations == [wanted])
            #expect(!response.text.contains("s3cret"))
            let shown = try #require((try response.members()["template"] as? [[String: Any]])?.first)
            #expect(shown["url"] as? String == "https://h/a")
            #expect(shown["httpheaders"] as? String == "X-Auth,Cookie")
            #expect(shown["ostypename"] as? String == "Debian GNU/Linux (64-bit)")
            #expect(await !api.get("command=listTemplates&templatefilter=all").text.contains("s3cret"))
        }
    }

    @Test("what is not said is as in CloudStack")
    func defaults() async throws {
        try await withAPI { api async throws in
            let all =
                "command=registerTemplate&format=QCOW2&name=a&url=u&hypervisor=KVM&zoneid=-1&displaytext=&checksum="
            #expect(await api.get(all).status == 200)
            #expect(await api.get(Self.iso).status == 200)
            #expect(
                api.templates.registrations == [
                    TemplateRegistration(name: "a", kind: .template, url: "u", format: "QCOW2"),
                    TemplateRegistration(
                        name: "a",
                        kind: .iso,
                        url: "https://h/a",
                        format: "ISO",
                        traits: TemplateTraits(zoneIDs: [ID.zone])
                    ),
                ]
            )
        }
    }

    @Test(
        "URLs without what may be a secret",
        arguments: [
            ("https://h/a.iso", "https://h/a.iso"), ("https://u:p@h:8443/a@2.iso?t=1", "https://h:8443/a@2.iso"),
            ("nfs://h/a#b", "nfs://h/a"), ("https://a@b@h", "https://h"), ("https://h?u@x/", "https://h"), ("a?b", "a"),
        ]
    )
    func shown(_ url: String, _ expected: String) { #expect(Template.shown(url: url) == expected) }

    @Test("deletion, forced and not, and refused while guests use it")
    func deletion() async throws {
        try await withAPI { api async throws in
            func job(_ query: String) async throws -> JobRecord {
                let id = try #require(try await api.getJSON(query)["jobid"] as? String)
                return try #require(try await api.runner.jobs.job(id))
            }
            api.templates.fail(with: APIError(.resourceInUse, "guests web and database use debian"))
            let refused = try await job("command=deleteTemplate&id=\(ID.debian)")
            #expect(refused.status == .failed)
            #expect(refused.instanceType == "Template" && refused.instanceID == ID.debian)
            #expect(refused.resultCode == 536)
            api.templates.fail(with: nil)
            #expect(try await job("command=deleteTemplate&id=\(ID.debian)&forced=true").status == .succeeded)
            let iso = try await job("command=deleteIso&id=\(ID.rescue)&zoneid=\(ID.zone)")
            #expect(iso.status == .succeeded && iso.instanceType == "Iso")
            #expect(
                api.templates.calls == [
                    "delete \(ID.debian) false", "delete \(ID.debian) true", "delete \(ID.rescue) false",
                ]
            )
        }
    }

    @Test("a deletion that a restart cut is done to its end", arguments: [true, false])
    func resumed(_ isThere: Bool) async throws {
        try await withAPI { api async throws in
            let id = isThere ? ID.debian : Self.unknown
            let call = APICall(
                parameters: APIParameters(kept: ["id": id], maps: [:]),
                caller: Caller(id: Caller.accountID, name: "root", kind: .local),
                context: api.context,
                progress: { _ in }
            )
            #expect(try await DeleteTemplate().resume(call) == .success())
            #expect(api.templates.calls == (isThere ? ["delete \(ID.debian) false"] : []))
        }
    }

    @Test("the types of operating systems have ids of their own, and one of their categories")
    func osTypes() async throws {
        #expect(Set(OSType.all.map(\.id) + OSType.Category.all.map(\.id)).count == 19)
        for type in OSType.all {
            #expect(UUIDText.normalized(type.id) == type.id)
            #expect(OSType.Category.all.contains(type.category))
        }
        try await withAPI { api async throws in
            func count(_ query: String) async throws -> Int? { try await api.getJSON(query)["count"] as? Int }
            #expect(try await count("command=listOsTypes") == 15)
            #expect(try await count("command=listOsTypes&id=\(OSType.all[2].id)") == 1)
            #expect(try await count("command=listOsTypes&oscategoryid=\(OSType.Category.windows.id)") == 2)
            #expect(try await count("command=listOsTypes&description=nothing") == nil)
            #expect(try await count("command=listOsCategories&name=linux") == 1)
        }
    }
}
