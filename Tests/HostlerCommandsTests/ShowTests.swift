import DomainXML
import LibvirtClient
import Testing

@testable import HostlerCommands

@Suite struct ShowTests {
    private func report(_ values: [PropertyValue], _ state: DomainState = DomainState(name: "shut off")) throws
        -> GuestReport
    {
        let result = try DomainTransformer.transform(Array(sampleDomain.utf8), TransformRequest(properties: values))
        return GuestReport(try DomainTransformer.inspect(result.xml), state)
    }

    @Test func textNamesPropertiesDevicesAndOrder() throws {
        let url = "https://server/a.iso?x=1"
        let value = PropertyValue(name: "httpsisoboot", value: url, source: .commandLine)
        #expect(
            try report([value]).text == """
                demo (shut off)
                  properties
                    httpsisoboot=https://server/a.iso?… (metadata)
                  devices
                    sda on sata for httpsisoboot: https://server/a.iso
                  boot order
                    1. cdrom sda
                    2. disk vda

                """
        )
    }

    @Test func whatRunsIsShownWhereItDiffers() throws {
        let defined = try DomainTransformer.inspect(Array(sampleDomain.utf8))
        let url = "https://server/a.iso?x=1"
        let once = TransformRequest(properties: [PropertyValue(name: "httpsisoboot", value: url, source: .commandLine)])
        let live = try DomainTransformer.inspect(try DomainTransformer.transform(Array(sampleDomain.utf8), once).xml)
        let state = DomainState(name: "running")
        let report = GuestReport(defined, state, live: live)
        #expect(report.isOfInterest)
        #expect(
            report.text == """
                demo (running)
                  properties: none
                  devices: none
                  boot order
                    1. disk vda
                  now running with:
                    properties
                      httpsisoboot=https://server/a.iso?… (metadata)
                    devices
                      sda on sata for httpsisoboot: https://server/a.iso
                    boot order
                      1. cdrom sda
                      2. disk vda

                """
        )
        let json = try JSON.text(report)
        #expect(json.contains("\"running\" : {\n") && json.contains("\"value\" : \"\(url)\""))
        let same = GuestReport(defined, state, live: defined)
        #expect(!same.isOfInterest && !same.text.contains("now running"))
        #expect(try !JSON.text(same).contains("\"running\" :"))
    }

    @Test func pauseSaysWhy() throws {
        let state = DomainState(name: "paused", reason: "by an I/O error")
        #expect(try report([], state).text.hasPrefix("demo (paused by an I/O error)\n"))
        #expect(try JSON.text(try report([], state)).contains("\"stateReason\" : \"by an I/O error\""))
    }

    @Test func absentThingsAreNone() throws {
        #expect(
            try report([]).text == """
                demo (shut off)
                  properties: none
                  devices: none
                  boot order
                    1. disk vda

                """
        )
    }

    @Test func jsonHasTheSame() throws {
        let text = try JSON.text(try report([PropertyValue(name: "bootorder", value: "vda", source: .commandLine)]))
        #expect(text.contains("\"bootOrder\" : [\n    \"disk vda\"\n  ]"))
        #expect(text.contains("\"name\" : \"bootorder\",\n      \"source\" : \"metadata\",\n      \"value\" : \"vda\""))
    }
}
