import Foundation
import TestSupport
import Testing

@Suite("the Debian package", .serialized)
struct PackageTests {
    @Test("is installed, runs, is upgraded with its state, and leaves nothing")
    func trial() throws {
        let folder = try #require(
            ProcessInfo.processInfo.environment["HOSTLER_DEB"],
            "HOSTLER_DEB is not set: the folder of what make deb has built"
        )
        let seen = try Command.check(PrivateLibvirt.file("Support/package-trial").path, folder)
        #expect(
            seen == """
                installed
                runs as its unit says
                upgraded, with its state and its configuration
                removed without a trace

                """
        )
    }
}
