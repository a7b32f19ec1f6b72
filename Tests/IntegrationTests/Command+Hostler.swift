import Foundation
import TestSupport

extension Command {
    /// Runs a script of `Tests/Support`.
    static func support(_ name: String, _ arguments: String...) throws {
        let result = try run([PrivateLibvirt.file("Support/\(name)").path] + arguments)
        if result.status != 0 { throw Failed("\(name): exit \(result.status): \(result.errors)") }
    }

    /// The binaries under test, as `make test` built them.
    static var binaries: String { ProcessInfo.processInfo.environment["HOSTLER_BINDIR"] ?? "/usr/bin" }
    static var hostler: String { binaries + "/hostler" }
    static var hook: String { binaries + "/hostler-hook" }
}
