import Foundation
import TestSupport
import Testing

/// A daemon of our own, with its files in a folder of the test.
struct Hostlerd {
    let folder: URL
    private var place: String { folder.appending(path: "daemon").path }

    static func with(in folder: URL, _ settings: String..., body: (Hostlerd) throws -> Void) throws {
        let daemon = Hostlerd(folder: folder)
        try daemon.start(settings)
        do { try body(daemon) } catch {
            print(daemon.log)
            daemon.clean()
            throw error
        }
        daemon.clean()
    }

    func start(_ settings: [String] = []) throws {
        let outcome = try Command.run([PrivateLibvirt.file("Support/daemon").path, "start", place] + settings)
        if outcome.status != 0 { throw Command.Failed(outcome.errors) }
    }

    func stop() throws { try Command.support("daemon", "stop", place) }
    func kill() throws { try Command.support("daemon", "kill", place) }

    var log: String {
        (try? String(contentsOf: folder.appending(path: "daemon/log"), encoding: .utf8)) ?? ""
    }

    /// Stopped, and nothing kept: the next test's guests are others.
    private func clean() {
        _ = try? Command.run([PrivateLibvirt.file("Support/daemon").path, "stop", place])
        for name in ["state.db", "state.db-wal", "state.db-shm", "trust"] {
            try? FileManager.default.removeItem(atPath: "/var/lib/hostler/" + name)
        }
    }

    /// As `hostler status` has it: `running`, `paused`; `nil` where it knows no such guest.
    func state(_ guest: String) throws -> String? { try status(guest)?["state"] as? String }

    func status(_ guest: String) throws -> [String: Any]? {
        let outcome = try Command.run([Command.hostler, "status", "--json", guest])
        if outcome.status != 0 { return nil }
        let list = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]]
        return list?.first
    }

    func wait(for state: String?, of guest: String) throws {
        try TestSupport.wait(for: "\(guest) to be \(state ?? "forgotten")") { try self.state(guest) == state }
    }

    /// The types of what has happened to a guest, the oldest first.
    func events(_ guest: String) throws -> [String] {
        let output = try Command.check(Command.hostler, "events", "--guest", guest, "--json", "--last", "500")
        return try output.split(separator: "\n").compactMap { line in
            try (JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["type"] as? String
        }
    }
}
