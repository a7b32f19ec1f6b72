import Foundation
import TestSupport

/// A domain to try.
struct Sample {
    let name: String
    let xml: [UInt8]

    /// The hard ones, written by hand.
    static func fixtures() throws -> [Sample] {
        try read(PrivateLibvirt.file("Fixtures/matrix"))
    }

    /// Those that refer to what no host has.
    static func unresolved() throws -> [Sample] {
        try read(PrivateLibvirt.file("Fixtures/matrix/unresolved"))
    }

    /// Many of virt-install's, and what it refused to make.
    static func generated() throws -> (samples: [Sample], refusals: [String]) {
        try withFolder { folder in
            try Command.support("domains", folder.path)
            let refused = try String(contentsOf: folder.appending(path: "refused"), encoding: .utf8)
            return (try read(folder), refused.split(separator: "\n").map { String($0) })
        }
    }

    private static func read(_ folder: URL) throws -> [Sample] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "xml" }
            .sorted { $0.path < $1.path }
            .map { Sample(name: $0.deletingPathExtension().lastPathComponent, xml: Array(try Data(contentsOf: $0))) }
    }
}
