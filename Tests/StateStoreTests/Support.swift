import Foundation
import Synchronization
import TestSupport
import Testing

@testable import StateStore

/// A file of a state in a folder that is gone after the test; the store makes the folder of the file itself.
func withFile<Result>(_ body: (String) throws -> Result) throws -> Result {
    try withFolder { try body($0.appending(path: "state/state.db").path) }
}

func withFileAwaiting<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "hostler-test-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.appending(path: "state/state.db").path)
}

/// A new store, open for the time of `body`.
func withStore(_ body: (StateStore) throws -> Void) throws {
    try withFile { file throws in
        let store = try StateStore(path: file)
        try body(store)
        try store.close()
    }
}

func withStoreAwaiting(_ body: (StateStore) async throws -> Void) async throws {
    try await withFileAwaiting { file in
        let store = try StateStore(path: file)
        try await body(store)
        try store.close()
    }
}

/// What `body` throws; a failure of the test where it does not.
func failure(_ body: () throws -> Void) -> StateError? {
    do { try body() } catch { return error as? StateError }
    Issue.record("nothing was thrown")
    return nil
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
func text(_ value: [UInt8]?) -> String? { value.map { String(decoding: $0, as: UTF8.self) } }

/// The program of Tests/StateExerciser, which is built beside the tests.
let exerciser = (Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0]))
    .deletingLastPathComponent().appending(path: "state-exerciser").path

/// The contents of the file and of what SQLite puts beside it.
func contents(of file: String) throws -> Data {
    try ["", "-wal", "-journal"].reduce(into: Data()) { all, suffix in
        if FileManager.default.fileExists(atPath: file + suffix) {
            all += try Data(contentsOf: URL(filePath: file + suffix))
        }
    }
}

func mode(of path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
}

/// A clock that stands still unless told.
final class FakeClock: Sendable {
    private let moment = Mutex(Moment(wall: 1_000_000, boot: "first", uptime: 5_000))

    var clock: StateClock { StateClock { self.moment.withLock { $0 } } }

    func advance(seconds: Int64) {
        moment.withLock {
            $0.wall += seconds * 1000
            $0.uptime += seconds * 1000
        }
    }

    func setWall(by seconds: Int64) { moment.withLock { $0.wall += seconds * 1000 } }

    /// The host is off for so long, or seems to have been.
    func reboot(_ boot: String, after seconds: Int64) {
        moment.withLock { $0 = Moment(wall: $0.wall + seconds * 1000, boot: boot, uptime: 1_000) }
    }
}

/// A generator whose numbers are the same for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
