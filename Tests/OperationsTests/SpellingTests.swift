import Testing

@testable import Operations

@Suite struct SpellingTests {
    @Test(arguments: [
        ("listZone", "listZones", 1), ("LISTZONES", "listZones", 0), ("lsitHosts", "listHosts", 2),
        ("", "listHosts", 9),
    ])
    func nearest(_ given: String, _ name: String, _ distance: Int) throws {
        let found = try #require(Spelling.nearest(to: given, in: ["listHosts", "listZones"]))
        #expect(found == (name, distance))
        #expect(Spelling.nearest(to: given, in: []) == nil)
    }
}
